import assert from "node:assert/strict";
import { type DomainCommand, domainKind, type TenantEvent } from "../../../actors/domain/mod.ts";
import { InvariantViolation } from "../../../actors/errors.ts";
import { fold, given } from "../../given.ts";
import { ADMIN, OWNER, SYSTEM } from "../authorities.ts";

const { decider } = domainKind;

const CREATED: TenantEvent = {
  type: "DomainCreated",
  data: { domainId: "d1", name: "plant", metadata: {}, tags: [], createdBy: "admin" },
};
const DISABLED: TenantEvent = { type: "DomainDisabled", data: {} };
const CREATE: DomainCommand = {
  type: "CreateDomain",
  by: ADMIN,
  domainId: "d1",
  profile: { name: "plant" },
};

Deno.test("domain: is created once, under its own id", () => {
  given(decider, []).when(CREATE).then([CREATED]);
  given(decider, [CREATED]).when(CREATE).then({ rejected: "conflict", field: "id" });
  assert.equal(domainKind.domainOf(fold(decider, [CREATED])), "d1");
});

Deno.test("domain: obeys admins and the platform only, whoever created it", () => {
  for (const by of [ADMIN, SYSTEM]) {
    given(decider, [CREATED]).when({ type: "DisableDomain", by }).then([DISABLED]);
  }
  const own: TenantEvent = {
    type: "DomainCreated",
    data: { ...CREATED.data, createdBy: "owner" } as typeof CREATED.data,
  };
  given(decider, [own]).when({ type: "DisableDomain", by: OWNER }).then({ rejected: "forbidden" });
  given(decider, []).when({ ...CREATE, by: OWNER }).then({ rejected: "forbidden" });
});

Deno.test("domain: is not found before its creation", () => {
  given(decider, []).when({ type: "EnableDomain", by: ADMIN }).then({ rejected: "not_found" });
});

Deno.test("domain: an update holds only the fields that were given, and without any is none", () => {
  const update = { type: "UpdateDomain", by: ADMIN } as const;
  given(decider, [CREATED]).when({ ...update, profile: { metadata: { city: "Oslo" } } })
    .then([{ type: "DomainUpdated", data: { metadata: { city: "Oslo" } } }]);
  given(decider, [CREATED]).when({ ...update, profile: {} }).then([]);
});

Deno.test("domain: refuses a profile past its limits at creation and at update", () => {
  const profile = { name: "x".repeat(1_025) };
  given(decider, []).when({ ...CREATE, profile }).then({ rejected: "invalid", field: "name" });
  given(decider, [CREATED]).when({ type: "UpdateDomain", by: ADMIN, profile })
    .then({ rejected: "invalid", field: "name" });
});

Deno.test("domain: enabling and disabling again changes nothing", () => {
  const enable: DomainCommand = { type: "EnableDomain", by: ADMIN };
  given(decider, [CREATED]).when(enable).then([]);
  given(decider, [CREATED, DISABLED]).when(enable).then([{ type: "DomainEnabled", data: {} }]);
  given(decider, [CREATED, DISABLED]).when({ type: "DisableDomain", by: ADMIN }).then([]);
});

Deno.test("domain: has a limit of its own on session expiry, until it is taken away", () => {
  const limited = (sessionExpirySecondsMax: number | null): TenantEvent => ({
    type: "DomainSessionExpiryLimited",
    data: { sessionExpirySecondsMax },
  });
  const limit: DomainCommand = { type: "LimitDomainSessionExpiry", by: ADMIN, seconds: 3_600 };
  const lift: DomainCommand = { type: "LimitDomainSessionExpiry", by: ADMIN };
  given(decider, [CREATED]).when(limit).then([limited(3_600)]);
  given(decider, [CREATED, limited(3_600)]).when(limit).then([]);
  given(decider, [CREATED, limited(3_600)]).when({ ...limit, seconds: 0 }).then([limited(0)]);
  given(decider, [CREATED, limited(3_600)]).when(lift).then([limited(null)]);
  given(decider, [CREATED]).when(lift).then([]);
  given(decider, [CREATED]).when({ ...limit, by: OWNER }).then({ rejected: "forbidden" });
  for (const seconds of [-1, 0.5, NaN, 0xffff_ffff]) {
    given(decider, [CREATED]).when({ ...limit, seconds })
      .then({ rejected: "invalid", field: "seconds_max" });
  }
});

Deno.test("domain: its fold refuses an event of a domain that is not there", () => {
  assert.throws(() => fold(decider, [DISABLED]), InvariantViolation);
});
