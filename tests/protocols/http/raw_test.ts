import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { MessageBatchWriter, messageStream, newId } from "../../../actors/mod.ts";
import { assertProblem, signedUp } from "./house.ts";
import { openStation, SENML, type Station } from "./messages.ts";

const DAY_MS = 86_400_000;
const DAY = Date.UTC(2026, 0, 1);

interface Said {
  readonly atMs: number;
  readonly payload: string;
  readonly subtopic?: string;
  readonly publisher?: string;
}

/** Records one batch in the past, in the stream of the day on which it was closed. */
async function recorded(
  station: Station,
  closedAtMs: number,
  said: readonly Said[],
): Promise<void> {
  const writer = new MessageBatchWriter();
  for (const { atMs, payload, subtopic = "", publisher = station.thing.id } of said) {
    const bytes = new TextEncoder().encode(payload);
    const head = {
      originIndex: writer.origin({
        publisher,
        protocol: "mqtt",
        remoteAddress: "10.0.0.1:1",
        correlationId: publisher,
      }),
      subtopicIndex: writer.subtopic(subtopic),
      qos: 1,
      retain: false,
      contentKind: "unspecified",
      receivedUs: atMs * 1_000,
    } as const;
    writer.add(head, bytes, 0, bytes.length);
  }
  await station.store.append(messageStream(station.channelId, closedAtMs), [{
    id: newId(),
    type: "MessagesPublished",
    data: writer.finish(),
    metadata: {
      schemaVersion: 1,
      domainId: station.ground.domainId,
      principal: { kind: "system", id: "ingress" },
      edge: "system",
      remoteAddress: "local",
      causationId: newId(),
      correlationId: newId(),
      messageCount: said.length,
    },
  }], { expectedRevision: "any" });
}

async function raw(station: Station, query = "") {
  const answer = await station.ask("GET", `${station.path}/raw?${query}`);
  assert.equal(answer.status, 200, `${query}: ${JSON.stringify(answer.body)}`);
  return answer.body as { messages: Record<string, unknown>[]; nextCursor?: string };
}

const textsOf = ({ messages }: { messages: Record<string, unknown>[] }) =>
  messages.map(({ payloadText }) => payloadText);

const iso = (ms: number) => new Date(ms).toISOString();

Deno.test("raw messages: answer what was said byte for byte, with who, how and when", async () => {
  const station = await openStation();
  const bytes = new Uint8Array([0, 255, 13, 10, 128]);
  const beforeMs = Date.now();
  await station.publish('[ {"n":"a","v":1.0} ]\n', { type: SENML, subtopic: "room/one" });
  const last = await station.publish(bytes, { type: "image/png; q=1" });
  const { messages, nextCursor } = await raw(station);
  assert.equal(nextCursor, undefined);
  const [text, image] = messages;
  assert.equal(text!["payloadText"], '[ {"n":"a","v":1.0} ]\n');
  assert.equal(text!["contentType"], SENML);
  assert.equal(text!["subtopic"], "room/one");
  assert.deepEqual(Buffer.from(image!["payload"] as string, "base64"), Buffer.from(bytes));
  assert.equal(image!["payloadText"], undefined, "these bytes are no text");
  assert.equal(image!["contentType"], "image/png; q=1");
  assert.equal(image!["position"], Number(last.headers.get("millrace-position")));
  assert.deepEqual(
    [image!["publisher"], image!["protocol"], image!["qos"], image!["retain"], image!["index"]],
    [station.thing.id, "http", 1, false, 0],
  );
  const received = image!["received"] as string;
  assert.match(received, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(Date.parse(received) >= beforeMs && Date.parse(received) <= Date.now());
  await station.close();
});

Deno.test("raw messages: a span, a subtopic and a publisher narrow what is answered", async () => {
  const station = await openStation();
  const other = newId();
  await recorded(station, DAY + 4_000, [
    { atMs: DAY + 1_000, payload: "one", subtopic: "room/one" },
    { atMs: DAY + 2_000, payload: "two", subtopic: "room/two", publisher: other },
    { atMs: DAY + 3_000, payload: "three", subtopic: "room/one", publisher: other },
  ]);
  const from = `from=${iso(DAY)}`;
  const texts = async (query: string) => textsOf(await raw(station, query));
  assert.deepEqual(await texts(from), ["one", "two", "three"]);
  assert.deepEqual(await texts(`from=${DAY / 1_000}&to=${DAY / 1_000 + 2}`), ["one", "two"]);
  assert.deepEqual(await texts(`from=${iso(DAY + 2_000)}&to=${iso(DAY + 2_000)}`), ["two"]);
  assert.deepEqual(await texts(`from=${iso(DAY + 2_001)}&to=${iso(DAY + 9_000)}`), ["three"]);
  assert.deepEqual(await texts(`${from}&subtopic=room.one`), ["one", "three"]);
  assert.deepEqual(await texts(`${from}&subtopic=room/two`), ["two"]);
  assert.deepEqual(await texts(`${from}&publisher=${other}`), ["two", "three"]);
  assert.deepEqual(await texts(`${from}&publisher=${other}&subtopic=room.one`), ["three"]);
  assert.deepEqual(await texts(""), [], "the last day unless told");
  await station.close();
});

Deno.test("raw messages: a subtopic of an empty level is not the one without a level", async () => {
  const station = await openStation();
  await recorded(station, DAY + 4_000, [
    { atMs: DAY + 1_000, payload: "none", subtopic: "" },
    { atMs: DAY + 2_000, payload: "one", subtopic: "/" },
    { atMs: DAY + 3_000, payload: "two", subtopic: "//" },
  ]);
  const found = async (subtopic: string) =>
    textsOf(await raw(station, `from=${iso(DAY)}&subtopic=${subtopic}`));
  assert.deepEqual(await found(""), ["none"]);
  for (const one of [".", "/"]) assert.deepEqual(await found(one), ["one"]);
  for (const two of ["..", "//"]) assert.deepEqual(await found(two), ["two"]);
  await station.close();
});

Deno.test("raw messages: pages go on where the one before ended, over days and batches", async () => {
  const station = await openStation();
  const wanted: string[] = [];
  for (const day of [0, 1, 3]) {
    for (let batch = 0; batch < 20; batch++) {
      const atMs = DAY + day * DAY_MS + batch * 1_000;
      const said = [0, 1, 2].map((n) => ({ atMs: atMs + n, payload: `${day} ${batch} ${n}` }));
      wanted.push(...said.map(({ payload }) => payload));
      await recorded(station, atMs + 3, said);
    }
  }
  for (const limit of [1, 7, 60, 179, 180, 1_000]) {
    const heard: unknown[] = [];
    let cursor = "";
    let pages = 0;
    do {
      const page = await raw(
        station,
        `from=${iso(DAY)}&to=${iso(DAY + 5 * DAY_MS)}&limit=${limit}${cursor}`,
      );
      assert.ok(page.messages.length <= limit);
      heard.push(...textsOf(page));
      cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor}`;
      assert.ok(++pages <= 200, "no end");
    } while (cursor !== "");
    assert.deepEqual(heard, wanted, `limit ${limit}`);
  }
  assert.equal((await raw(station, `from=${iso(DAY)}`)).messages.length, 100, "100 unless told");
  await station.close();
});

Deno.test("raw messages: what was received before midnight and kept after it is found by its time", async () => {
  const station = await openStation();
  const midnight = DAY + DAY_MS;
  await recorded(station, midnight + 1, [
    { atMs: midnight - 1, payload: "before" },
    { atMs: midnight, payload: "after" },
  ]);
  const span = (from: number, to: number) => raw(station, `from=${iso(from)}&to=${iso(to)}`);
  assert.deepEqual(textsOf(await span(DAY, midnight - 1)), ["before"]);
  assert.deepEqual(textsOf(await span(midnight, midnight + 5)), ["after"]);
  await station.close();
});

Deno.test("raw messages: a question about many years is answered in bounded steps", async () => {
  const station = await openStation();
  await recorded(station, DAY, [{ atMs: DAY, payload: "found" }]);
  const heard: unknown[] = [];
  let cursor = "";
  let steps = 0;
  do {
    const page = await raw(station, `from=2020-01-01&to=2026-01-02T00:00:00Z${cursor}`);
    heard.push(...textsOf(page));
    cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor}`;
    steps++;
  } while (cursor !== "");
  assert.deepEqual(heard, ["found"]);
  assert.ok(steps > 1, "all years at once");
  await station.close();
});

Deno.test("raw messages: are for those who may read the channel", async () => {
  const station = await openStation();
  const ada = await signedUp(station, "ada@example.com");
  const ask = (authorization: string | undefined) =>
    station.ask("GET", `${station.path}/raw`, {
      token: null,
      headers: authorization === undefined ? {} : { authorization },
    });
  assert.equal((await ask(`Thing ${station.thing.key}`)).status, 200);
  assert.equal((await ask(`Bearer ${station.adminToken}`)).status, 200);
  assertProblem(await ask(undefined), 401);
  assertProblem(await ask(`Bearer ${ada.token}`), 403);
  await station.close();
});
