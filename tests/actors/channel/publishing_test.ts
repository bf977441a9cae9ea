import assert from "node:assert/strict";
import {
  type ChannelState,
  decidePublishing,
  messageDay,
  messageStream,
  messageStreamPrefix,
} from "../../../actors/channel/mod.ts";
import { EVENT_BYTES_MAX } from "../../../actors/event_store/mod.ts";

const ID = "0197a1f0-0000-7000-8000-0000000000c1";
const LIVE = { domainId: "d1", ownerId: "owner", shares: {} };
const SECTION = { messageCount: 1, byteLength: 100 };

Deno.test("channel publishing: lets an enabled channel take messages", () => {
  assert.equal(decidePublishing({ status: "enabled", ...LIVE }, SECTION), undefined);
});

Deno.test("channel publishing: refuses a channel that is absent, removed or disabled", () => {
  const states: [ChannelState, string][] = [
    [{ status: "absent" }, "not_found"],
    [{ status: "removed", domainId: "d1" }, "not_found"],
    [{ status: "disabled", ...LIVE }, "forbidden"],
  ];
  for (const [state, code] of states) {
    assert.equal(decidePublishing(state, SECTION)?.code, code);
  }
});

Deno.test("channel publishing: refuses an empty batch and one that the log cannot hold", () => {
  const state: ChannelState = { status: "enabled", ...LIVE };
  const full = { messageCount: 1, byteLength: EVENT_BYTES_MAX };
  assert.equal(decidePublishing(state, { ...SECTION, messageCount: 0 })?.code, "invalid");
  assert.equal(decidePublishing(state, full), undefined);
  assert.equal(
    decidePublishing(state, { ...full, byteLength: EVENT_BYTES_MAX + 1 })?.code,
    "too_large",
  );
});

Deno.test("channel publishing: gives each UTC day a stream of its own", () => {
  const midnightMs = Date.UTC(2026, 1, 1);
  assert.equal(messageStream(ID, midnightMs - 1), `messages-${ID}-2026-01-31`);
  assert.equal(messageStream(ID, midnightMs), `messages-${ID}-2026-02-01`);
  assert.ok(messageStream(ID, midnightMs).startsWith(messageStreamPrefix(ID)));
});

Deno.test("channel publishing: reads the day back from a stream of messages and from no other", () => {
  assert.equal(messageDay(messageStream(ID, Date.UTC(2026, 1, 1))), "2026-02-01");
  assert.equal(messageDay(`channel-${ID}`), undefined);
  assert.equal(messageDay(`messages-${ID}`), undefined);
  assert.equal(messageDay("messages-2026-02-01"), undefined);
});
