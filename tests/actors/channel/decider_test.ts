import assert from "node:assert/strict";
import {
  type ChannelCommand,
  type ChannelEvent,
  channelKind,
} from "../../../actors/channel/mod.ts";
import { InvariantViolation } from "../../../actors/errors.ts";
import { fold, given } from "../../given.ts";
import { ADMIN, FRIEND, OWNER, STRANGER, SYSTEM } from "../authorities.ts";

const { decider } = channelKind;

const CREATED: ChannelEvent = {
  type: "ChannelCreated",
  data: { domainId: "d1", ownerId: "owner", name: "", metadata: {}, tags: [] },
};
const DISABLED: ChannelEvent = { type: "ChannelDisabled", data: {} };
const REMOVED: ChannelEvent = { type: "ChannelRemoved", data: {} };
const CREATE: ChannelCommand = { type: "CreateChannel", by: OWNER, domainId: "d1", profile: {} };

function shared(policies: ("read" | "write" | "delete")[]): ChannelEvent {
  return { type: "ChannelShared", data: { userId: "friend", policies } };
}

Deno.test("channel: is created with an empty profile and belongs to whoever created it", () => {
  given(decider, []).when(CREATE).then([CREATED]);
});

Deno.test("channel: keeps the parent that it was created under", () => {
  given(decider, []).when({ ...CREATE, parentId: "c0", profile: { name: "hall" } }).then([{
    type: "ChannelCreated",
    data: { ...CREATED.data, name: "hall", parentId: "c0" } as typeof CREATED.data,
  }]);
});

Deno.test("channel: is not created twice, not even after its removal", () => {
  given(decider, [CREATED]).when(CREATE).then({ rejected: "conflict", field: "id" });
  given(decider, [CREATED, REMOVED]).when(CREATE).then({ rejected: "conflict", field: "id" });
});

Deno.test("channel: refuses a profile past its limits at creation and at update", () => {
  const profile = { tags: Array.from({ length: 65 }, () => "t") };
  given(decider, []).when({ ...CREATE, profile }).then({ rejected: "invalid", field: "tags" });
  given(decider, [CREATED]).when({ type: "UpdateChannel", by: OWNER, profile })
    .then({ rejected: "invalid", field: "tags" });
});

Deno.test("channel: an update holds only the fields that were given, and without any is none", () => {
  const update = { type: "UpdateChannel", by: OWNER } as const;
  given(decider, [CREATED]).when({ ...update, profile: { name: "" } })
    .then([{ type: "ChannelUpdated", data: { name: "" } }]);
  given(decider, [CREATED]).when({ ...update, profile: {} }).then([]);
});

Deno.test("channel: is not found before its creation nor after its removal", () => {
  given(decider, []).when({ type: "EnableChannel", by: ADMIN }).then({ rejected: "not_found" });
  given(decider, [CREATED, REMOVED]).when({ type: "RemoveChannel", by: ADMIN })
    .then({ rejected: "not_found" });
});

Deno.test("channel: obeys owner, admin and platform, and refuses a stranger", () => {
  for (const by of [OWNER, ADMIN, SYSTEM]) {
    given(decider, [CREATED]).when({ type: "DisableChannel", by }).then([DISABLED]);
  }
  given(decider, [CREATED]).when({ type: "DisableChannel", by: STRANGER })
    .then({ rejected: "forbidden" });
});

Deno.test("channel: a share lets its user do what its policies say until it is taken back", () => {
  const disable: ChannelCommand = { type: "DisableChannel", by: FRIEND };
  const remove: ChannelCommand = { type: "RemoveChannel", by: FRIEND };
  given(decider, [CREATED, shared(["read"])]).when(disable).then({ rejected: "forbidden" });
  given(decider, [CREATED, shared(["write"])]).when(disable).then([DISABLED]);
  given(decider, [CREATED, shared(["write"])]).when(remove).then({ rejected: "forbidden" });
  given(decider, [CREATED, shared(["delete"])]).when(remove).then([REMOVED]);
  const unshared: ChannelEvent = { type: "ChannelUnshared", data: { userId: "friend" } };
  given(decider, [CREATED, shared(["delete"]), unshared]).when(remove)
    .then({ rejected: "forbidden" });
});

Deno.test("channel: refuses a share without policies and ignores one that is there already", () => {
  const share = { type: "ShareChannel", by: OWNER, userId: "friend" } as const;
  given(decider, [CREATED]).when({ ...share, policies: [] })
    .then({ rejected: "invalid", field: "policies" });
  given(decider, [CREATED]).when({ ...share, policies: ["write", "read", "write"] })
    .then([shared(["read", "write"])]);
  given(decider, [CREATED, shared(["read", "write"])])
    .when({ ...share, policies: ["write", "read"] }).then([]);
});

Deno.test("channel: taking back a share that is not there changes nothing", () => {
  const unshare = { type: "UnshareChannel", by: OWNER } as const;
  given(decider, [CREATED]).when({ ...unshare, userId: "friend" }).then([]);
  given(decider, [CREATED]).when({ ...unshare, userId: "constructor" }).then([]);
});

Deno.test("channel: after a change of owner the former owner is a stranger", () => {
  const handedOver: ChannelEvent = { type: "ChannelOwnerChanged", data: { ownerId: "friend" } };
  const change: ChannelCommand = { type: "ChangeChannelOwner", by: OWNER, ownerId: "friend" };
  given(decider, [CREATED]).when(change).then([handedOver]);
  given(decider, [CREATED, handedOver]).when(change).then({ rejected: "forbidden" });
  given(decider, [CREATED, handedOver]).when({ ...change, by: FRIEND }).then([]);
});

Deno.test("channel: its fold refuses an event of a channel that is not there", () => {
  assert.throws(() => fold(decider, [DISABLED]), InvariantViolation);
  assert.throws(() => fold(decider, [CREATED, REMOVED, DISABLED]), InvariantViolation);
});

Deno.test("channel: its events belong to the domain it was created in, also after its removal", () => {
  assert.equal(channelKind.domainOf(fold(decider, [CREATED])), "d1");
  assert.equal(channelKind.domainOf(fold(decider, [CREATED, REMOVED])), "d1");
});
