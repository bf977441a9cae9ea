import assert from "node:assert/strict";
import { DOMAIN, OTHER_DOMAIN, sessionConnected, sessionEnded, START_MS, THING } from "../log.ts";
import { refused, subscribed, thing, withPresence } from "./following.ts";

/** The instant of the nth event. */
function at(n: number): number {
  return START_MS + n * 1_000;
}

const ALL = { limit: 2_000 };

Deno.test("sessions: a session's number is the place of its beginning in the thing's stream", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(refused("none", { action: "connect" }), sessionConnected("s1", "one"));
    await tell(sessionEnded("s1"), sessionConnected("s2", "two"));
    const { total, sessions } = queries.sessions(thing, ALL);
    assert.equal(total, 2);
    assert.deepEqual(sessions.map(({ number, clientId }) => [number, clientId]), [[3, "two"], [
      1,
      "one",
    ]]);
    assert.equal(queries.session(thing, 1)?.sessionId, "s1");
    assert.equal(queries.session(thing, "s2")?.number, 3);
    assert.equal(queries.session(thing, 2), undefined);
  }));

Deno.test("sessions: facts that were recorded before counts and codes were are told as they are", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1"), refused("s1"), refused("s1"), sessionEnded("s1", "why"));
    const session = queries.session(thing, "s1")!;
    assert.deepEqual(session.ended, {
      reason: "why",
      clean: true,
      messagesReceived: 0,
      messagesSent: 0,
      messagesDropped: 0,
      toMs: at(4),
    });
    assert.deepEqual(session.refusals, [{
      action: "publish",
      topic: "a/b",
      reason: "not allowed",
      count: 2,
      firstMs: at(2),
      lastMs: at(3),
      clientId: "client",
      address: "local",
    }]);
    assert.equal(session.refused, 2);
  }));

Deno.test("sessions: counted refusals add up, from their first time to their last", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1"));
    await tell(refused("s1", { count: 10_000, firstAtMs: 5, lastAtMs: 7, reasonCode: 0x87 }));
    await tell(refused("s1", { count: 3, firstAtMs: 8, lastAtMs: 9, reasonCode: 0x87 }));
    const { refusals: [refusal, ...others] } = queries.session(thing, "s1")!;
    const { count, firstMs, lastMs, reasonCode } = refusal!;
    assert.deepEqual([count, firstMs, lastMs, reasonCode, others], [10_003, 5, 9, 0x87, []]);
    const [finding] = queries.findings(thing);
    assert.deepEqual([finding?.kind, finding?.count], ["refused_publish", 10_003]);
  }));

Deno.test("sessions: a finding tells what was refused, and what was only held back", () =>
  withPresence(async ({ queries, tell }) => {
    const counted = { count: 3, firstAtMs: 5, lastAtMs: 7 };
    await tell(sessionConnected("s1"));
    await tell(refused("s1", { ...counted, topic: "a/b", reason: "no", reasonCode: 0x87 }));
    await tell(refused("s1", { ...counted, topic: "", reason: "too fast", reasonCode: 0x96 }));
    await tell(refused("s1", { ...counted, action: "connect", reason: "no", reasonCode: 0x97 }));
    assert.deepEqual(
      new Set(queries.findings(thing).map(({ text }) => text)),
      new Set([
        "publishing to 'a/b' was refused 3 times: no",
        "publishing was held back 3 times: too fast",
        "CONNECT was refused 3 times: no",
      ]),
    );
  }));

Deno.test("sessions: keeps the newest refusals and ended subscriptions of a session that makes many", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1"), subscribed("s1", "stays"));
    for (let n = 0; n < 300; n++) {
      await tell(refused("s1", { topic: `t${n}` }), subscribed("s1", "again"));
    }
    const { refusals, subscriptions, refused: total } = queries.session(thing, "s1")!;
    assert.equal(total, 300);
    assert.equal(refusals[0]?.topic, "t299");
    assert.ok(refusals.length <= 50, `${refusals.length} refusals`);
    assert.ok(subscriptions.length <= 202, `${subscriptions.length} subscriptions`);
    const open = subscriptions.filter(({ ended }) => ended === undefined);
    assert.deepEqual(open.map(({ filter }) => filter), ["again", "stays"]);
  }));

Deno.test("sessions: what is left of a session whose beginning the log has forgotten is no session", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(subscribed("old", "a"), refused("old"), sessionEnded("old"));
    assert.deepEqual(queries.sessions(thing, ALL), { total: 0, sessions: [] });
    assert.deepEqual(queries.findings(thing), []);
  }));

Deno.test("sessions: a session that is forgotten takes its subscriptions and refusals along", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("first"), refused("first"), subscribed("first", "a"));
    await tell(sessionEnded("first"));
    for (let n = 0; n < 1_000; n++) {
      await tell([sessionConnected(`s${n}`), { afterMs: 900_000 }], sessionEnded(`s${n}`));
    }
    assert.equal(queries.session(thing, "first"), undefined);
    assert.deepEqual(queries.findings(thing), []);
    await tell(sessionConnected("first"));
    assert.deepEqual(queries.session(thing, "first")?.subscriptions, []);
  }));

Deno.test("sessions: an instant shows neither what came later nor how it ended", () =>
  withPresence(async ({ queries, tell }) => {
    await tell(sessionConnected("s1"), subscribed("s1", "a"), subscribed("s1", "b"));
    await tell(sessionEnded("s1"));
    const then = (ms: number) =>
      queries.sessionsAt(thing, { ...ALL, at: { ms } }).sessions.map((session) => [
        session.ended,
        ...session.subscriptions.map(({ filter, ended }) => [filter, ended]),
      ]);
    assert.deepEqual(then(at(1) - 1), []);
    assert.deepEqual(then(at(1)), [[undefined]]);
    assert.deepEqual(then(at(2)), [[undefined, ["a", undefined]]]);
    assert.deepEqual(then(at(3)), [[undefined, ["a", undefined], ["b", undefined]]]);
    assert.deepEqual(then(at(4)), []);
  }));

Deno.test("sessions: few connections, or many over a long time, are no flapping", () =>
  withPresence(async ({ queries, tell }) => {
    for (let n = 0; n < 20; n++) {
      await tell([sessionConnected(`s${n}`), { afterMs: 180_000 }], sessionEnded(`s${n}`));
    }
    assert.deepEqual(queries.findings(thing), []);
    for (let n = 20; n < 24; n++) await tell(sessionConnected(`s${n}`), sessionEnded(`s${n}`));
    assert.deepEqual(queries.findings(thing).map(({ kind }) => kind), ["flapping"]);
  }));

Deno.test("sessions: keeps domains and things apart", () =>
  withPresence(async ({ queries, tell, record }) => {
    await tell([sessionConnected("s1"), { domainId: OTHER_DOMAIN }]);
    await tell([refused("none", { action: "connect" }), { domainId: OTHER_DOMAIN }]);
    await record("session-another", sessionConnected("s2"));
    assert.equal(queries.sessions(thing, ALL).total, 0);
    assert.deepEqual(queries.refusedConnects(thing), []);
    assert.deepEqual(queries.findings(thing), []);
    assert.equal(queries.refusedConnects({ domainId: OTHER_DOMAIN, thingId: THING }).length, 1);
    assert.equal(queries.sessions({ domainId: DOMAIN, thingId: "another" }, ALL).total, 1);
  }));

Deno.test("sessions: a session that was kept holds what it found, from its connection on", () =>
  withPresence(async ({ queries, tell }) => {
    const connected = sessionConnected("s1");
    assert.ok(connected.type === "SessionConnected");
    const resumed = {
      subscriptions: [{ filter: "a", qos: 1 }, { filter: "b", qos: 2, noLocal: true }],
      more: 3,
    } as const;
    await tell({ ...connected, data: { ...connected.data, resumed } }, subscribed("s1", "a"));
    const { sessions: [then] } = queries.sessionsAt(thing, { ...ALL, at: { ms: at(1) } });
    assert.deepEqual(then?.subscriptions.map(({ filter, options }) => [filter, options]), [
      ["a", { qos: 1 }],
      ["b", { qos: 2, noLocal: true }],
    ]);
    assert.deepEqual(then?.resumed, { more: 3 });
    const { subscriptions } = queries.session(thing, "s1")!;
    assert.deepEqual(subscriptions.map(({ filter, ended }) => [filter, ended?.cause]), [
      ["a", undefined],
      ["a", "replaced"],
      ["b", undefined],
    ]);
  }));
