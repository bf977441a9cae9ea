import assert from "node:assert/strict";
import { InvariantViolation } from "../../../actors/errors.ts";
import {
  CERTIFICATES_PER_THING_MAX,
  CONNECTIONS_PER_THING_MAX,
  type ThingCommand,
  type ThingEvent,
  thingKind,
} from "../../../actors/thing/mod.ts";
import { fold, given } from "../../given.ts";
import { ADMIN, FRIEND, OWNER, STRANGER, SYSTEM } from "../authorities.ts";

const { decider } = thingKind;
const KEY = { sealed: "sealed-1", hash: "hash-1" };
const NEW_KEY = { sealed: "sealed-2", hash: "hash-2" };

const CREATED: ThingEvent = {
  type: "ThingCreated",
  data: { domainId: "d1", ownerId: "owner", name: "", metadata: {}, tags: [], key: KEY },
};
const DISABLED: ThingEvent = { type: "ThingDisabled", data: {} };
const REMOVED: ThingEvent = { type: "ThingRemoved", data: {} };
const CREATE: ThingCommand = {
  type: "CreateThing",
  by: OWNER,
  domainId: "d1",
  profile: {},
  key: KEY,
};

function connected(channelId: string, types: ("publish" | "subscribe")[]): ThingEvent {
  return { type: "ThingConnected", data: { channelId, types } };
}

function shared(policies: ("read" | "write" | "delete")[]): ThingEvent {
  return { type: "ThingShared", data: { userId: "friend", policies } };
}

Deno.test("thing: is created with an empty profile and belongs to whoever created it", () => {
  given(decider, []).when(CREATE).then([CREATED]);
});

Deno.test("thing: is not created twice, not even after its removal", () => {
  given(decider, [CREATED]).when(CREATE).then({ rejected: "conflict", field: "id" });
  given(decider, [CREATED, REMOVED]).when(CREATE).then({ rejected: "conflict", field: "id" });
});

Deno.test("thing: refuses a profile past its limits at creation and at update", () => {
  const profile = { name: "x".repeat(1_025) };
  given(decider, []).when({ ...CREATE, profile }).then({ rejected: "invalid", field: "name" });
  given(decider, [CREATED]).when({ type: "UpdateThing", by: OWNER, profile })
    .then({ rejected: "invalid", field: "name" });
});

Deno.test("thing: an update holds only the fields that were given", () => {
  given(decider, [CREATED]).when({ type: "UpdateThing", by: OWNER, profile: { tags: ["a"] } })
    .then([{ type: "ThingUpdated", data: { tags: ["a"] } }]);
});

Deno.test("thing: is not found before its creation nor after its removal", () => {
  given(decider, []).when({ type: "EnableThing", by: ADMIN }).then({ rejected: "not_found" });
  given(decider, [CREATED, REMOVED]).when({ type: "RemoveThing", by: ADMIN })
    .then({ rejected: "not_found" });
});

Deno.test("thing: obeys owner, admin and platform, and refuses a stranger", () => {
  for (const by of [OWNER, ADMIN, SYSTEM]) {
    given(decider, [CREATED]).when({ type: "DisableThing", by }).then([DISABLED]);
  }
  given(decider, [CREATED]).when({ type: "DisableThing", by: STRANGER })
    .then({ rejected: "forbidden" });
});

Deno.test("thing: a share lets its user do what its policies say until it is taken back", () => {
  const disable: ThingCommand = { type: "DisableThing", by: FRIEND };
  const remove: ThingCommand = { type: "RemoveThing", by: FRIEND };
  given(decider, [CREATED, shared(["read"])]).when(disable).then({ rejected: "forbidden" });
  given(decider, [CREATED, shared(["write"])]).when(disable).then([DISABLED]);
  given(decider, [CREATED, shared(["write"])]).when(remove).then({ rejected: "forbidden" });
  given(decider, [CREATED, shared(["delete"])]).when(remove).then([REMOVED]);
  const unshared: ThingEvent = { type: "ThingUnshared", data: { userId: "friend" } };
  given(decider, [CREATED, shared(["delete"]), unshared]).when(remove)
    .then({ rejected: "forbidden" });
});

Deno.test("thing: refuses a share without policies and ignores one that is there already", () => {
  const share = { type: "ShareThing", by: OWNER, userId: "friend" } as const;
  given(decider, [CREATED]).when({ ...share, policies: [] })
    .then({ rejected: "invalid", field: "policies" });
  given(decider, [CREATED]).when({ ...share, policies: ["write", "read", "write"] })
    .then([shared(["read", "write"])]);
  given(decider, [CREATED, shared(["read", "write"])])
    .when({ ...share, policies: ["write", "read"] }).then([]);
});

Deno.test("thing: taking back a share that is not there changes nothing", () => {
  given(decider, [CREATED]).when({ type: "UnshareThing", by: OWNER, userId: "friend" }).then([]);
});

Deno.test("thing: after a change of owner the former owner is a stranger", () => {
  const handedOver: ThingEvent = { type: "ThingOwnerChanged", data: { ownerId: "friend" } };
  const change: ThingCommand = { type: "ChangeThingOwner", by: OWNER, ownerId: "friend" };
  given(decider, [CREATED]).when(change).then([handedOver]);
  given(decider, [CREATED, handedOver]).when(change).then({ rejected: "forbidden" });
  given(decider, [CREATED, handedOver]).when({ ...change, by: FRIEND }).then([]);
});

Deno.test("thing: takes a new key and ignores the one that it has", () => {
  given(decider, [CREATED]).when({ type: "ChangeThingKey", by: OWNER, key: NEW_KEY })
    .then([{ type: "ThingKeyChanged", data: { key: NEW_KEY } }]);
  given(decider, [CREATED]).when({ type: "ChangeThingKey", by: OWNER, key: KEY }).then([]);
});

Deno.test("thing: binds a certificate once, and unbinds what is bound", () => {
  const fingerprint = "0f".repeat(32);
  const bound: ThingEvent = { type: "ThingCertificateBound", data: { fingerprint } };
  const unbound: ThingEvent = { type: "ThingCertificateUnbound", data: { fingerprint } };
  const bind: ThingCommand = { type: "BindCertificate", by: OWNER, fingerprint };
  const unbind: ThingCommand = { type: "UnbindCertificate", by: OWNER, fingerprint };
  given(decider, [CREATED]).when(bind).then([bound]);
  given(decider, [CREATED, bound]).when(bind).then([]);
  given(decider, [CREATED, bound]).when(unbind).then([unbound]);
  given(decider, [CREATED, bound, unbound]).when(unbind).then([]);
  given(decider, [CREATED, bound, unbound]).when(bind).then([bound]);
});

Deno.test("thing: notes each time that somebody who may change it looks at its packets", () => {
  const asked = { minutes: 5, payloads: true };
  const start: ThingCommand = { type: "StartThingRecorder", by: OWNER, ...asked };
  const started: ThingEvent = { type: "ThingRecorderStarted", data: asked };
  given(decider, [CREATED]).when(start).then([started]);
  given(decider, [CREATED, started]).when(start).then([started]);
});

Deno.test("thing: refuses what is no fingerprint, and certificates past the limit", () => {
  const bind = (fingerprint: string): ThingCommand => ({
    type: "BindCertificate",
    by: OWNER,
    fingerprint,
  });
  for (const wrong of ["", "0f".repeat(31), "0F".repeat(32), "0f:".repeat(32)]) {
    given(decider, [CREATED]).when(bind(wrong))
      .then({ rejected: "invalid", field: "fingerprint" });
  }
  const nth = (n: number) => n.toString(16).padStart(64, "0");
  const full: ThingEvent[] = [CREATED];
  for (let n = 0; n < CERTIFICATES_PER_THING_MAX; n++) {
    full.push({ type: "ThingCertificateBound", data: { fingerprint: nth(n) } });
  }
  given(decider, full).when(bind(nth(99))).then({ rejected: "invalid", field: "fingerprint" });
  given(decider, full).when(bind(nth(0))).then([]);
});

Deno.test("thing: connects once, and again only when the types differ", () => {
  const connect = { type: "ConnectThing", by: OWNER, channelId: "c1" } as const;
  const both = connected("c1", ["publish", "subscribe"]);
  given(decider, [CREATED]).when({ ...connect, types: ["subscribe", "publish"] }).then([both]);
  given(decider, [CREATED, both]).when({ ...connect, types: ["publish", "subscribe"] }).then([]);
  given(decider, [CREATED, both]).when({ ...connect, types: ["publish"] })
    .then([connected("c1", ["publish"])]);
  given(decider, [CREATED]).when({ ...connect, types: [] })
    .then({ rejected: "invalid", field: "types" });
});

Deno.test("thing: refuses a channel past the limit but still changes the known ones", () => {
  const full: ThingEvent[] = [CREATED];
  for (let i = 0; i < CONNECTIONS_PER_THING_MAX; i++) full.push(connected(`c${i}`, ["publish"]));
  const connect = { type: "ConnectThing", by: OWNER, types: ["subscribe"] } as const;
  given(decider, full).when({ ...connect, channelId: "one-more" })
    .then({ rejected: "invalid", field: "channel_ids" });
  given(decider, full).when({ ...connect, channelId: "c0" })
    .then([connected("c0", ["subscribe"])]);
});

Deno.test("thing: disconnects what is connected and ignores the rest", () => {
  const disconnect: ThingCommand = { type: "DisconnectThing", by: OWNER, channelId: "c1" };
  given(decider, [CREATED, connected("c1", ["publish"])]).when(disconnect)
    .then([{ type: "ThingDisconnected", data: { channelId: "c1" } }]);
  given(decider, [CREATED]).when(disconnect).then([]);
});

Deno.test("thing: its fold refuses an event of a thing that is not there", () => {
  assert.throws(() => fold(decider, [DISABLED]), InvariantViolation);
  assert.throws(() => fold(decider, [CREATED, REMOVED, DISABLED]), InvariantViolation);
});

Deno.test("thing: its events belong to the domain it was created in, also after its removal", () => {
  assert.equal(thingKind.domainOf(fold(decider, [CREATED])), "d1");
  assert.equal(thingKind.domainOf(fold(decider, [CREATED, REMOVED])), "d1");
});
