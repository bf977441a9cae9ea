import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { encode as encodeCbor } from "cborg";
import { ManualClock, newId, silentLogger } from "../../../actors/mod.ts";
import { serveHttp } from "../../../protocols/http/mod.ts";
import { assertProblem } from "./house.ts";
import { openStation, SENML, whileTimePasses } from "./messages.ts";

const READING = [{ n: "temperature", u: "Cel", v: 21.5 }];

Deno.test("ingest: takes SenML, CBOR, JSON and any bytes, and answers where each is durable", async () => {
  const station = await openStation();
  const cbor = encodeCbor([new Map<number, unknown>([[0, "temperature"], [2, 21.5]])]);
  const bytes = new Uint8Array([0, 255, 10, 128]);
  const kinds: readonly [string, Uint8Array | string, string][] = [
    [SENML, JSON.stringify(READING), "senml+json"],
    ["application/senml+json; charset=utf-8", JSON.stringify(READING), "senml+json"],
    ["application/senml+cbor", cbor, "senml+cbor"],
    ["application/json", '{"on":true}', "json"],
    ["application/octet-stream", bytes, "opaque"],
    ["image/png", bytes, "opaque"],
  ];
  let before = 0;
  for (const [type, payload, kind] of kinds) {
    const answer = await station.publish(payload, { type });
    assert.equal(answer.status, 202, `${type}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body, "");
    const position = Number(answer.headers.get("millrace-position"));
    assert.ok(position > before, `${type}: ${position} after ${before}`);
    before = position;
    const last = (await station.stored()).at(-1)!;
    assert.equal(last.contentKind, kind);
    assert.deepEqual(Buffer.from(last.payload), Buffer.from(payload));
    assert.equal(last.origin.publisher, station.thing.id);
    assert.equal(last.origin.protocol, "http");
  }
  assert.equal((await station.stored())[5]?.contentType, "image/png");
  await station.close();
});

Deno.test("ingest: answers only when the log holds the message", async () => {
  const station = await openStation();
  const release = station.holdMessages();
  let answered = false;
  const publishing = station.publish(READING).then((answer) => {
    answered = true;
    return answer;
  });
  // Whatever answers without the log has done so by the time that other requests are through.
  for (let i = 0; i < 5; i++) await station.ask("GET", "/things");
  assert.equal(answered, false);
  assert.deepEqual(await station.stored(), []);
  release();
  const { status, headers } = await publishing;
  assert.equal(status, 202);
  const { events } = await station.ground.events.readAll({ after: 0, limit: 100 });
  assert.equal(events.at(-1)?.position, Number(headers.get("millrace-position")));
  await station.close();
});

Deno.test("ingest: the levels behind messages are the subtopic, under both addresses", async () => {
  const station = await openStation();
  const authorization = `Thing ${station.thing.key}`;
  const post = (url: string) =>
    station.app.request(url, {
      method: "POST",
      headers: { authorization, "content-type": SENML },
      body: JSON.stringify(READING),
    });
  const paths: readonly [string, string][] = [
    ["", ""],
    ["/", ""],
    ["/room/one", "room.one"],
    ["//room///one/", "room.one"],
    ["/room%2Fone", "room.one"],
    ["/room%2F%2Fone", "room.one"],
    ["/r%C3%A4ume", "räume"],
    ["/room/one?ct=x/y", "room.one"],
  ];
  for (
    const base of [station.path, `/http${station.path}`, `http://messages/http${station.path}`]
  ) {
    for (const [tail, subtopic] of paths) {
      const answer = await post(`${base}${tail}`);
      assert.equal(answer.status, 202, `${base}${tail}: ${await answer.text()}`);
      const position = answer.headers.get("millrace-position")!;
      const { body } = await station.ask("GET", `${station.path}?limit=1`, {
        headers: { "millrace-wait-for": position },
      });
      const { total } = body;
      const read = await station.ask("GET", `${station.path}?limit=1000&dir=asc`);
      assert.equal(read.body.messages[total - 1].subtopic ?? "", subtopic, `${base}${tail}`);
    }
  }
  await station.close();
});

Deno.test("ingest: a subtopic with a wildcard, a control character or too much is refused", async () => {
  const station = await openStation();
  const refused: readonly [string, RegExp][] = [
    ["a*", /wildcard/],
    ["a%3Eb/c", /wildcard/],
    ["room/*", /wildcard/],
    ["room/%3E", /wildcard/],
    ["room/+/x", /wildcard/],
    ["room/%23", /wildcard/],
    ["a%00b", /control character/],
    ["a%0Ab", /control character/],
    ["%ff", /percent-encoding/],
    ["x".repeat(1_025), /1024/],
    [Array(65).fill("x").join("/"), /64/],
  ];
  for (const [subtopic, why] of refused) {
    const answer = await station.publish(READING, { subtopic });
    assertProblem(answer, 400, "subtopic");
    assert.match(answer.body.detail, why, subtopic);
  }
  assert.deepEqual(await station.stored(), []);
  const long = await station.publish(READING, { subtopic: "x".repeat(1_024) });
  assert.equal(long.status, 202);
  await station.close();
});

Deno.test("ingest: knows a thing by its key in every scheme", async () => {
  const station = await openStation();
  const { key } = station.thing;
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  for (
    const authorization of [
      `Thing ${key}`,
      `thing ${key}`,
      `Client ${key}`,
      key,
      basic(`:${key}`),
      basic(`${station.thing.id}:${key}`),
    ]
  ) {
    assert.equal((await station.publish(READING, { authorization })).status, 202, authorization);
  }
  for (
    const authorization of [
      null,
      "Thing unknown",
      "Thing",
      "unknown",
      basic(`${key}:`),
      basic("x:unknown"),
      `Bearer ${station.adminToken}`,
    ]
  ) {
    const answer = await station.publish(READING, { authorization });
    assertProblem(answer, 401);
    assert.match(answer.headers.get("www-authenticate") ?? "", /Thing/);
  }
  assert.equal((await station.stored()).length, 6);
  await station.close();
});

Deno.test("ingest: only a connected, enabled thing may publish, and only to a channel", async () => {
  const station = await openStation();
  const single = `/channels/${station.channelId}/things/${station.thing.id}`;
  const batch = { thing_ids: [station.thing.id], channel_ids: [station.channelId] };
  await station.ask("DELETE", single);
  assertProblem(await station.publish(READING), 403);
  await station.ask("POST", "/connect", { body: { ...batch, types: ["subscribe"] } });
  assertProblem(await station.publish(READING), 403);
  await station.ask("POST", "/connect", { body: { ...batch, types: ["publish"] } });
  assert.equal((await station.publish(READING)).status, 202);
  await station.ask("POST", `/channels/${station.channelId}/disable`);
  assertProblem(await station.publish(READING), 403);
  await station.ask("POST", `/channels/${station.channelId}/enable`);
  await station.ask("POST", `/things/${station.thing.id}/disable`);
  assertProblem(await station.publish(READING), 403);
  await station.ask("POST", `/things/${station.thing.id}/enable`);
  const headers = { authorization: `Thing ${station.thing.key}`, "content-type": SENML };
  const elsewhere = (id: string) =>
    station.ask("POST", `/channels/${id}/messages`, { token: null, headers, body: READING });
  assertProblem(await elsewhere(newId()), 403);
  assertProblem(await elsewhere("not-a-uuid"), 400, "channel id");
  assert.equal((await station.stored()).length, 1);
  await station.close();
});

Deno.test("ingest: a message without a media type is refused", async () => {
  const station = await openStation();
  for (const type of [null, "", "json", "application/", "text/plain charset=x", "/json"]) {
    assertProblem(await station.publish(READING, { type }), 415, "Content-Type");
  }
  const long = `text/plain; note=${"x".repeat(70_000)}`;
  const answer = await station.publish("x", { type: long });
  assertProblem(answer, 415, "Content-Type");
  assert.match(answer.body.detail, /1024/);
  assert.deepEqual(await station.stored(), []);
  await station.close();
});

Deno.test("ingest: a message past the limit is refused, one at the limit is kept", async () => {
  const station = await openStation();
  const type = "application/octet-stream";
  const most = 1_000_000 - 4_096;
  const large = await station.publish(new Uint8Array(most + 1), { type });
  assertProblem(large, 413, "payload");
  assert.match(large.body.detail, new RegExp(String(most)));
  const larger = await station.publish(new Uint8Array(1024 * 1024 + 1), { type });
  assertProblem(larger, 413, "body");
  assert.match(larger.body.detail, /1048576/);
  assert.equal((await station.publish(new Uint8Array(most), { type })).status, 202);
  assert.equal((await station.stored())[0]?.payload.length, most);
  await station.close();
});

Deno.test("ingest: while the store is behind it is said, and what waited is kept", async () => {
  const clock = new ManualClock(Date.now());
  const station = await openStation({ clock });
  const release = station.holdMessages();
  const type = "application/octet-stream";
  const waiting = [];
  while (!station.ground.ingress.congested) {
    waiting.push(station.publish(new Uint8Array(900_000), { type }));
    await station.ask("GET", "/health");
    assert.ok(waiting.length <= 20, "never congested");
  }
  const late = await whileTimePasses(clock, station.publish(READING));
  assertProblem(late, 503);
  assert.equal(late.headers.get("retry-after"), "1");
  release();
  for (const { status } of await Promise.all(waiting)) assert.equal(status, 202);
  assert.equal((await station.publish(READING)).status, 202);
  assert.equal((await station.stored()).length, waiting.length + 1);
  await station.close();
});

Deno.test("ingest: a full store refuses, and what it took before can be read", async () => {
  const station = await openStation({ pagesMax: 160 });
  const payload = () => crypto.getRandomValues(new Uint8Array(50_000));
  let kept = 0;
  let answer = await station.publish(payload(), { type: "application/octet-stream" });
  while (answer.status === 202) {
    assert.ok(++kept < 100, "never full");
    answer = await station.publish(payload(), { type: "application/octet-stream" });
  }
  assertProblem(answer, 507);
  assert.match(answer.body.detail, /full/);
  assert.ok(kept > 0);
  assert.equal((await station.stored()).length, kept);
  const raw = await station.ask("GET", `${station.path}/raw`);
  assert.equal(raw.body.messages.length, kept);
  await station.close();
});

Deno.test("ingest: each message says from where it came and because of what", async () => {
  const station = await openStation();
  const server = serveHttp(station.app, { hostname: "127.0.0.1", port: 0, logger: silentLogger });
  const requestId = newId();
  const post = async (headers: Record<string, string>) => {
    const answer = await fetch(`${server.url}/http${station.path}/room`, {
      method: "POST",
      headers: {
        authorization: `Thing ${station.thing.key}`,
        "content-type": SENML,
        ...headers,
      },
      body: JSON.stringify(READING),
    });
    await answer.body?.cancel();
    assert.equal(answer.status, 202);
  };
  await post({ "x-request-id": requestId });
  await post({});
  const [first, second] = await station.stored();
  assert.equal(first!.origin.correlationId, requestId);
  assert.match(second!.origin.correlationId, /^[0-9a-f-]{36}$/);
  assert.match(first!.origin.remoteAddress, /^127\.0\.0\.1:\d+$/);
  const { events } = await station.ground.events.readAll({
    after: 0,
    limit: 100,
    streamPrefixes: ["messages-"],
  });
  for (const { metadata } of events) {
    assert.equal(metadata.domainId, station.ground.domainId);
    assert.ok(metadata.causationId && metadata.correlationId && metadata.principal.id);
  }
  await server.close(1_000);
  await station.close();
});
