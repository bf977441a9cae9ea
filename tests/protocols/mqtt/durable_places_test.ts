import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ManualClock } from "../../../actors/mod.ts";
import type { MqttLimits } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { THING_2 } from "./installation.ts";
import { RealLog } from "./real_log.ts";
import { connectPacket, quiet, TestClient } from "./test_client.ts";

/** Looks at what came so often, with a turn of the event loop between. */
const LOOKS_MAX = 100;

async function withLog(
  limits: Partial<MqttLimits>,
  test: (log: RealLog, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const log = await RealLog.open({ clock, limits });
  try {
    await test(log, clock);
  } finally {
    await log.close();
  }
}

async function answered(client: TestClient): Promise<string | undefined> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const [answer] = await client.heard();
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** A client of MQTT 3.1.1 that wants its session kept, or not, and what it hears. */
async function connect(
  log: RealLog,
  clientId: string,
  options: { readonly clean?: boolean; readonly as?: string } = {},
): Promise<{ readonly client: TestClient; readonly answer: string | undefined }> {
  const { clean = false, as } = options;
  const client = new TestClient(log.server);
  const credentials = as === undefined ? {} : { username: as, password: Buffer.from("key-2") };
  client.send(connectPacket(clientId, { clean, ...credentials }));
  return { client, answer: await answered(client) };
}

async function answerOf(...asked: Parameters<typeof connect>): Promise<string | undefined> {
  return (await connect(...asked)).answer;
}

/** The same of MQTT 5.0. */
async function answer5(log: RealLog, clientId: string): Promise<string | undefined> {
  const client = new TestClient(log.server);
  client.send(bytesOf(`10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] '${clientId}' as1 ]`));
  for (let look = 0; look < LOOKS_MAX; look++) {
    await quiet();
    const [said] = tell(client.stream.written(), 5);
    if (said !== undefined) return said.line;
  }
  return undefined;
}

Deno.test("mqtt durable places: a thing that leaves as many sessions as it may is refused the next, in either version's words", () =>
  withLog({ durableSessionsPerThingMax: 2 }, async (log, clock) => {
    assert.equal(await answerOf(log, "a"), "connack 0");
    assert.equal(await answer5(log, "b"), "connack 00");
    const third = await connect(log, "c");
    assert.equal(third.answer, "connack 3");
    assert.equal(third.client.isClosed, true);
    assert.equal(await answer5(log, "c"), "connack 97");
    assert.equal(log.server.counters.sessionsPastQuota, 2);
    assert.equal(log.server.counters.connectsRefused, 2);
    clock.advance(1_000);
    const [refused] = log.installation.events.flatMap((event) =>
      event.type === "SessionRefused" ? [event.data] : []
    );
    assert.deepEqual([refused?.action, refused?.reasonCode, refused?.count], ["connect", 0x97, 2]);
    assert.equal(refused?.reason, "the thing has 2 sessions that outlive their connection");
  }));

Deno.test("mqtt durable places: a session that ends with its connection needs no place, and other things have theirs", () =>
  withLog({ durableSessionsPerThingMax: 1 }, async (log) => {
    assert.equal(await answerOf(log, "a"), "connack 0");
    assert.equal(await answerOf(log, "b"), "connack 3");
    assert.equal(await answerOf(log, "b", { clean: true }), "connack 0");
    assert.equal(await answerOf(log, "b", { as: THING_2 }), "connack 0");
  }));

Deno.test("mqtt durable places: resuming, taking over and replacing a session are always let in", () =>
  withLog({ durableSessionsPerThingMax: 1 }, async (log) => {
    const first = await connect(log, "a");
    assert.equal(await answerOf(log, "a"), "connack 0 present");
    assert.equal(first.client.isClosed, true);
    assert.equal(await answer5(log, "a"), "connack 00");
    assert.equal(await answerOf(log, "b"), "connack 3");
  }));

Deno.test("mqtt durable places: who is refused a session ends no connection of its client id", () =>
  withLog({ durableSessionsPerThingMax: 1 }, async (log) => {
    assert.equal(await answerOf(log, "a"), "connack 0");
    const clean = await connect(log, "b", { clean: true });
    assert.equal(await answerOf(log, "b"), "connack 3");
    assert.equal(clean.client.isClosed, false);
  }));

Deno.test("mqtt durable places: of those that come at once no more are let in than there are places", () =>
  withLog({ durableSessionsPerThingMax: 3 }, async (log) => {
    const names = Array.from({ length: 8 }, (_, n) => `dev-${n}`);
    const answers = await Promise.all(names.map((name) => answerOf(log, name)));
    assert.equal(answers.filter((answer) => answer === "connack 0").length, 3);
    assert.equal(answers.filter((answer) => answer === "connack 3").length, 5);
  }));

Deno.test("mqtt durable places: hold while the read model lags, and are free once it knows of an end", () =>
  withLog({ durableSessionsPerThingMax: 2 }, async (log) => {
    log.known.lags = true;
    assert.equal(await answerOf(log, "a"), "connack 0");
    assert.equal(await answerOf(log, "b"), "connack 0");
    assert.equal(await answerOf(log, "c"), "connack 3");
    assert.equal(await answerOf(log, "a", { clean: true }), "connack 0");
    assert.equal(await answerOf(log, "c"), "connack 3", "it does not know yet");
    log.known.lags = false;
    assert.equal(await answerOf(log, "c"), "connack 0");
    assert.equal(await answerOf(log, "d"), "connack 3");
  }));

Deno.test("mqtt durable places: sessions of before a restart count", () =>
  withLog({ durableSessionsPerThingMax: 2 }, async (log) => {
    assert.equal(await answerOf(log, "a"), "connack 0");
    assert.equal(await answerOf(log, "b"), "connack 0");
    await log.stop();
    await log.start();
    assert.equal(await answerOf(log, "c"), "connack 3");
    assert.equal(await answerOf(log, "b"), "connack 0 present");
  }));

Deno.test("mqtt durable places: below the limit nothing is asked but once for a thing", () =>
  withLog({ durableSessionsPerThingMax: 20 }, async (log) => {
    for (let n = 0; n < 10; n++) assert.equal(await answerOf(log, `dev-${n}`), "connack 0");
    assert.equal(log.known.counts, 1);
  }));

Deno.test("mqtt durable places: one that could not be stored leaves its place", () =>
  withLog({ durableSessionsPerThingMax: 1 }, async (log, clock) => {
    log.refuseAppends = true;
    const client = new TestClient(log.server);
    client.send(connectPacket("a", { clean: false }));
    await quiet();
    clock.advance(10_000);
    assert.equal(await answered(client), "connack 3");
    log.refuseAppends = false;
    clock.advance(1_000);
    await quiet();
    assert.equal(await answerOf(log, "b"), "connack 0");
  }));

Deno.test("mqtt durable places: without a limit nobody is refused or counted", () =>
  withLog({ durableSessionsPerThingMax: 0 }, async (log) => {
    for (let n = 0; n < 10; n++) assert.equal(await answerOf(log, `dev-${n}`), "connack 0");
    assert.equal(log.known.counts, 0);
  }));

Deno.test("mqtt durable: a client that is back before its farewell is stored finds its session", () =>
  withLog({}, async (log) => {
    for (let n = 0; n < 5; n++) {
      const { client, answer } = await connect(log, "a");
      assert.equal(answer, n === 0 ? "connack 0" : "connack 0 present");
      client.stream.end();
      const meanwhile = new TestClient(log.server);
      meanwhile.send(connectPacket("a", { clean: false }));
      assert.equal(await answered(meanwhile), "connack 0 present");
    }
  }));
