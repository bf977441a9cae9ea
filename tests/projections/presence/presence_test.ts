import assert from "node:assert/strict";
import {
  DOMAIN,
  OTHER_DOMAIN,
  sessionConnected,
  sessionEnded,
  START_MS,
  THING,
  thingCreated,
} from "../log.ts";
import { thing, withPresence } from "./following.ts";

/** The instant of the nth event. */
function at(n: number): number {
  return START_MS + n * 1_000;
}

Deno.test("presence: a thing that never connected has none", () =>
  withPresence(async ({ queries, record }) => {
    await record(`thing-${THING}`, thingCreated());
    assert.equal(queries.presence(thing), undefined);
  }));

Deno.test("presence: says since when a thing is connected, and then since when and why it is not", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1", "the client"));
    assert.deepEqual(queries.presence(thing), {
      connected: true,
      sinceMs: at(1),
      clientId: "the client",
      protocol: "mqtt",
      reason: "",
    });
    await tell(sessionEnded("s1", "the keep-alive time was over"));
    assert.deepEqual(queries.presence(thing), {
      connected: false,
      sinceMs: at(2),
      clientId: "the client",
      protocol: "mqtt",
      reason: "the keep-alive time was over",
    });
  }));

Deno.test("presence: says who was connected at an instant, from the first moment of a session on", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1"), sessionEnded("s1", "one"), sessionConnected("s2"));
    const then = (ms: number) => queries.presence(thing, { ms });
    assert.equal(then(at(1) - 1), undefined);
    assert.deepEqual([then(at(1))?.connected, then(at(1))?.sinceMs], [true, at(1)]);
    assert.equal(then(at(2) - 1)?.connected, true);
    assert.deepEqual([then(at(2))?.connected, then(at(2))?.reason], [false, "one"]);
    assert.deepEqual([then(at(3) - 1)?.connected, then(at(3) - 1)?.sinceMs], [false, at(2)]);
    assert.deepEqual([then(at(3))?.connected, then(at(3))?.sinceMs], [true, at(3)]);
  }));

Deno.test("presence: a thing with two sessions is connected until the last of them ends", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1", "one"), sessionConnected("s2", "two"));
    assert.equal(queries.presence(thing)?.clientId, "two");
    await tell(sessionEnded("s2", "second"));
    assert.deepEqual(
      [queries.presence(thing)?.connected, queries.presence(thing)?.clientId],
      [true, "one"],
    );
    await tell(sessionEnded("s1", "first"));
    const { connected, sinceMs, reason } = queries.presence(thing)!;
    assert.deepEqual([connected, sinceMs, reason], [false, at(4), "first"]);
  }));

Deno.test("presence: what a session did in between, and an end without a beginning, change nothing", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionEnded("unknown"));
    assert.equal(queries.presence(thing), undefined);
    await tell(sessionConnected("s1"), {
      type: "SessionSubscribed",
      data: { domainId: DOMAIN, sessionId: "s1", filter: "channels/#", qos: 1 },
    });
    await tell(sessionEnded("unknown"));
    assert.equal(queries.presence(thing)?.sinceMs, at(2));
  }));

Deno.test("presence: lists sessions without an end that began by a position, and no more than asked for", () =>
  withPresence(async ({ queries, tell, record }) => {
    await tell(sessionConnected("s1", "one"), sessionConnected("s2", "two"), sessionEnded("s1"));
    const other = "70000000-0000-4000-8000-000000000002";
    const last = await record(`session-${other}`, sessionConnected("s3", "three"), {
      domainId: OTHER_DOMAIN,
    });
    const open = queries.openSessions({ through: last, limit: 10 })
      .toSorted((a, b) => a.sessionId.localeCompare(b.sessionId));
    assert.deepEqual(open, [
      { domainId: DOMAIN, thingId: THING, sessionId: "s2", clientId: "two" },
      { domainId: OTHER_DOMAIN, thingId: other, sessionId: "s3", clientId: "three" },
    ]);
    assert.equal(queries.openSessions({ through: last - 1, limit: 10 }).length, 1);
    assert.equal(queries.openSessions({ through: last, limit: 1 }).length, 1);
  }));

Deno.test("presence: keeps domains apart", () =>
  withPresence(async ({ queries, tell }) => {
    await tell([sessionConnected("s1"), { domainId: OTHER_DOMAIN }]);
    assert.equal(queries.presence(thing), undefined);
    assert.equal(queries.presence({ ...thing, domainId: OTHER_DOMAIN })?.connected, true);
  }));

Deno.test("presence: keeps a thousand ended sessions of a thing, the newest, and every open one", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("open", "stays"));
    for (let n = 0; n < 1_005; n++) await tell(sessionConnected(`s${n}`), sessionEnded(`s${n}`));
    assert.equal(queries.presence(thing)?.clientId, "stays");
    await tell(sessionEnded("open"));
    // 1,006 ended; the oldest six are forgotten, and only the long one is known of their times.
    const clientDuring = (n: number) => queries.presence(thing, { ms: at(2 + 2 * n) })?.clientId;
    assert.equal(clientDuring(5), "stays");
    assert.equal(clientDuring(6), "client");
    assert.deepEqual(queries.openSessions({ through: Number.MAX_SAFE_INTEGER, limit: 10 }), []);
  }));
