import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { newId, silentLogger } from "../../../actors/mod.ts";
import { serveHttp } from "../../../protocols/http/mod.ts";
import { assertProblem, signedUp } from "./house.ts";
import { openStation, type Station } from "./messages.ts";

const OPAQUE = { type: "application/octet-stream" };
/** As limits say: streams of one process, and bytes that may wait for one reader. */
const STREAMS_MAX = 1_000;
const STREAM_BYTES_MAX = 1024 * 1024;

interface Heard {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string;
}

/** A reader of Server-Sent Events that reads only when asked to. */
interface Listener {
  readonly response: Response;
  /** The next event; undefined once the stream has ended. */
  next(): Promise<Heard | undefined>;
  close(): Promise<void>;
}

async function listen(
  station: Station,
  query = "",
  authorization = `Bearer ${station.adminToken}`,
): Promise<Listener> {
  const response = await station.app.request(`${station.path}/live${query}`, {
    headers: { authorization },
  });
  assert.equal(response.status, 200, response.status === 200 ? "" : await response.text());
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    response,
    async next() {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          if (block.startsWith(":")) continue;
          return parsed(block);
        }
        const { done, value } = await reader.read();
        if (done) return undefined;
        text += value;
      }
    },
    close: () => reader.cancel(),
  };
}

function parsed(block: string): Heard {
  const field = (name: string) =>
    block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return { event: field("event"), id: field("id"), data: field("data") ?? "" };
}

const textOf = (heard: Heard | undefined) => JSON.parse(heard?.data ?? "{}").payloadText;

/** Publishes without waiting for the log, as MQTT's QoS 0 does. */
function sayAtOnce(station: Station, payload: Uint8Array): void {
  const route = station.ground.ingress.route(station.channelId, "", {
    publisher: station.thing.id,
    protocol: "mqtt",
    remoteAddress: "local",
    correlationId: newId(),
  });
  station.ground.ingress.publish(route, {
    qos: 0,
    retain: false,
    contentKind: "opaque",
    source: payload,
    start: 0,
    end: payload.length,
  });
}

Deno.test("live: whoever listens hears every message, once it is durable, with its place", async () => {
  const station = await openStation();
  await station.publish("before", OPAQUE);
  const listener = await listen(station);
  assert.equal(listener.response.headers.get("content-type"), "text/event-stream");
  assert.equal(listener.response.headers.get("x-accel-buffering"), "no");
  const answer = await station.publish("one", { ...OPAQUE, subtopic: "room/one" });
  await station.publish(new Uint8Array([255]), OPAQUE);
  const first = await listener.next();
  const { received, ...fields } = JSON.parse(first!.data);
  assert.equal(first!.event, "message");
  assert.equal(first!.id, `${answer.headers.get("millrace-position")}.0`);
  assert.match(received, /^\d{4}-.*Z$/);
  assert.deepEqual(
    { ...fields, correlationId: "", remoteAddress: "" },
    {
      channel: station.channelId,
      publisher: station.thing.id,
      protocol: "http",
      subtopic: "room/one",
      qos: 1,
      retain: false,
      contentType: "application/octet-stream",
      payload: Buffer.from("one").toString("base64"),
      payloadText: "one",
      correlationId: "",
      remoteAddress: "",
    },
  );
  assert.equal(JSON.parse((await listener.next())!.data).payload, "/w==");
  await listener.close();
  await station.close();
});

Deno.test("live: a subtopic narrows what is heard, with MQTT's wildcards", async () => {
  const station = await openStation();
  const heard: readonly [string, readonly string[]][] = [
    ["", ["", "a", "a/b", "a/c/d"]],
    ["?subtopic=a", ["a"]],
    ["?subtopic=a.b", ["a/b"]],
    ["?subtopic=a/b", ["a/b"]],
    ["?subtopic=a/%2B", ["a/b"]],
    ["?subtopic=a/%23", ["a", "a/b", "a/c/d"]],
  ];
  const listeners = await Promise.all(heard.map(([query]) => listen(station, query)));
  for (const subtopic of ["", "a", "a/b", "a/c/d"]) {
    await station.publish(subtopic, { ...OPAQUE, subtopic });
  }
  for (const [index, [query, wanted]] of heard.entries()) {
    for (const text of wanted) assert.equal(textOf(await listeners[index]!.next()), text, query);
  }
  for (const wrong of ["%23/a", "a%23", "a/b%2B"]) {
    const answer = await station.ask("GET", `${station.path}/live?subtopic=${wrong}`);
    assertProblem(answer, 400, "subtopic");
  }
  // What each of them hears last shows that nothing else was on its way.
  await station.ask("DELETE", `/channels/${station.channelId}`);
  for (const [index, [query]] of heard.entries()) {
    assert.equal((await listeners[index]!.next())?.event, "refused", query);
    assert.equal(await listeners[index]!.next(), undefined);
  }
  await station.close();
});

Deno.test("live: a stream ends, saying so, when its reader may not listen any more", async () => {
  const station = await openStation();
  const ada = await signedUp(station, "ada@example.com");
  const path = `/channels/${station.channelId}`;
  const sharing = (verb: string) =>
    station.ask("POST", `${path}/${verb}`, { body: { user_id: ada.id, policies: ["read"] } });
  const refused = async (listener: Listener) => {
    const last = await listener.next();
    assert.equal(last?.event, "refused");
    assert.match(last.data, /access/);
    assert.equal(await listener.next(), undefined);
  };
  const byThing = () => listen(station, "", `Thing ${station.thing.key}`);
  const byUser = () => listen(station, "", `Bearer ${ada.token}`);
  const single = `${path}/things/${station.thing.id}`;
  const admin = await listen(station);

  let listener = await byThing();
  await station.ask("DELETE", single);
  await refused(listener);
  await station.ask("PUT", single);

  listener = await byThing();
  await station.ask("POST", `/things/${station.thing.id}/disable`);
  await refused(listener);

  await sharing("share");
  listener = await byUser();
  await sharing("unshare");
  await refused(listener);

  await sharing("share");
  listener = await byUser();
  await station.ask("POST", `/users/${ada.id}/disable`);
  await refused(listener);

  await station.ask("DELETE", path);
  await refused(admin);
  await station.close();
});

Deno.test("live: is for those who may read the channel", async () => {
  const station = await openStation();
  const ada = await signedUp(station, "ada@example.com");
  const ask = (authorization: string | undefined, path = `${station.path}/live`) =>
    station.ask("GET", path, {
      token: null,
      headers: authorization === undefined ? {} : { authorization },
    });
  assertProblem(await ask(undefined), 401);
  assertProblem(await ask("Thing unknown"), 401);
  assertProblem(await ask(`Bearer ${ada.token}`), 403);
  const elsewhere = `/channels/${newId()}/messages/live`;
  assertProblem(await ask(`Bearer ${station.adminToken}`, elsewhere), 404);
  assertProblem(await ask(`Bearer ${station.adminToken}`, "/channels/x/messages/live"), 400);
  await station.close();
});

Deno.test("live: a reader that does not read loses its stream and slows nobody", async () => {
  const station = await openStation();
  const slow = await listen(station);
  const fast = await listen(station);
  const payload = new Uint8Array(100_000).fill(97);
  const messages = 12;
  for (let n = 0; n < messages; n++) {
    assert.equal((await station.publish(payload, OPAQUE)).status, 202);
    assert.equal((await fast.next())?.event, "message");
  }
  let heard = 0;
  let last = await slow.next();
  for (; last?.event === "message"; last = await slow.next()) heard += last.data.length;
  assert.equal(last?.event, "overflow");
  assert.equal(await slow.next(), undefined);
  assert.ok(heard > 0 && heard <= STREAM_BYTES_MAX + 300_000, `${heard} bytes waited`);
  await fast.close();
  await station.close();
});

Deno.test("live: what a slow reader misses of QoS 0 is told to it, and counted", async () => {
  const station = await openStation();
  const slow = await listen(station);
  const payload = new Uint8Array(100_000).fill(97);
  const messages = 12;
  for (let n = 0; n < messages; n++) sayAtOnce(station, payload);
  let heard = 1;
  assert.equal((await slow.next())?.event, "message");
  await station.publish("and on", OPAQUE);
  let next = await slow.next();
  for (; next?.event === "message"; next = await slow.next()) heard++;
  assert.equal(next?.event, "missed");
  const { messages: missed } = JSON.parse(next.data);
  assert.ok(missed > 0 && heard + missed === messages, `${heard} heard, ${missed} missed`);
  assert.equal(textOf(await slow.next()), "and on");
  assert.equal(station.ground.liveFeed.counters.dropped, missed);
  await slow.close();
  await station.close();
});

Deno.test("live: so many streams are open at once and no more", async () => {
  const station = await openStation();
  const asked = await Promise.all(
    Array.from({ length: STREAMS_MAX + 1 }, () =>
      station.app.request(`${station.path}/live`, {
        headers: { authorization: `Bearer ${station.adminToken}` },
      })),
  );
  const refused = asked.filter(({ status }) => status !== 200);
  assert.deepEqual(refused.map(({ status }) => status), [503]);
  const { detail } = await refused[0]!.json();
  assert.match(detail, new RegExp(String(STREAMS_MAX)));
  const open = asked.filter(({ status }) => status === 200);
  await open.pop()!.body!.cancel();
  const again = await listen(station);
  await again.close();
  await Promise.all(open.map(({ body }) => body!.cancel()));
  await station.close();
});

Deno.test("live: a reader that goes away, or asks for the head alone, holds no stream", async () => {
  const station = await openStation();
  const headers = { authorization: `Bearer ${station.adminToken}` };
  const head = await station.app.request(`${station.path}/live`, { method: "HEAD", headers });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-type"), "text/event-stream");
  const listened = () => station.ground.liveFeed.hasSubscribers(station.channelId);
  assert.equal(listened(), false);
  const server = serveHttp(station.app, { hostname: "127.0.0.1", port: 0, logger: silentLogger });
  const leaving = new AbortController();
  const stream = await fetch(`${server.url}${station.path}/live`, {
    headers,
    signal: leaving.signal,
  });
  assert.equal(listened(), true);
  const ended = stream.text().catch(() => {});
  leaving.abort();
  await ended;
  for (let tries = 0; listened() && tries < 1_000; tries++) {
    // Only by writing does a server learn that nobody reads.
    await station.publish("is anybody there", OPAQUE);
  }
  assert.equal(listened(), false);
  await server.close(1_000);
  await station.close();
});
