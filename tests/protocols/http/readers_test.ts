import assert from "node:assert/strict";
import { encode as encodeCbor } from "cborg";
import { newId } from "../../../actors/mod.ts";
import { type Answer, assertProblem, signedUp } from "./house.ts";
import { connect, openStation, SENML, type Station } from "./messages.ts";

/** An hour that began at a full hour of UTC. */
const HOUR = 1_767_225_600;
const PACK = [
  { bn: "", bt: HOUR, n: "temperature", u: "Cel", v: 20, s: 5, ut: 60 },
  { n: "temperature", u: "Cel", v: 22, t: 600 },
  { n: "temperature", u: "Cel", v: 30, t: 3_600 },
  { n: "state", vs: "on", t: 10 },
  { n: "open", vb: true, t: 20 },
  { n: "open", vb: false, t: 30 },
  { n: "image", vd: "AQID", t: 40 },
];

/** A station that said the pack on `room/one`, and what a reader of it sees. */
async function openRoom() {
  const station = await openStation();
  await said(station, PACK, { subtopic: "room/one" });
  const read = async (query = "") => {
    const answer = await station.ask("GET", `${station.path}?dir=asc&${query}`);
    assert.equal(answer.status, 200, `${query}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  /** Values of the rows, whatever their kind. */
  const values = async (query: string) => (await read(query)).messages.map(valueOf);
  return { ...station, read, values };
}

async function said(
  station: Station,
  payload: object,
  options: Parameters<Station["publish"]>[1] = {},
): Promise<void> {
  const answer = await station.publish(payload, options);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  await station.ground.readModels.waitFor(Number(answer.headers.get("millrace-position")), {
    projections: ["measurements"],
    timeoutMs: 5_000,
  });
}

function valueOf(row: Record<string, unknown>): unknown {
  return row["value"] ?? row["string_value"] ?? row["bool_value"] ?? row["data_value"];
}

Deno.test("readers: answer Mainflux's page, with every field of a record", async () => {
  const room = await openRoom();
  const common = {
    channel: room.channelId,
    subtopic: "room.one",
    publisher: room.thing.id,
    protocol: "http",
  };
  assert.deepEqual(await room.read("limit=1"), {
    offset: 0,
    limit: 1,
    format: "messages",
    total: 7,
    messages: [{
      ...common,
      name: "temperature",
      unit: "Cel",
      time: HOUR,
      update_time: 60,
      value: 20,
      sum: 5,
    }],
  });
  const { messages } = await room.read("name=image");
  assert.equal(messages.length, 1);
  const { update_time: _, ...image } = messages[0];
  assert.deepEqual(image, { ...common, name: "image", time: HOUR + 40, data_value: "AQID" });
  await room.close();
});

Deno.test("readers: page by offset and limit, newest first unless told", async () => {
  const room = await openRoom();
  assert.deepEqual(await room.values("offset=1&limit=2"), ["on", true]);
  assert.deepEqual(await room.values("offset=7"), []);
  assert.equal((await room.read("offset=7")).total, 7);
  const newest = await room.ask("GET", room.path);
  assert.deepEqual(newest.body.messages.map(valueOf), [30, 22, "AQID", false, true, "on", 20]);
  await said(room, Array.from({ length: 20 }, (_, n) => ({ n: "n", v: n })));
  assert.equal((await room.ask("GET", room.path)).body.messages.length, 10, "10 unless told");
  await room.close();
});

Deno.test("readers: every key of the question narrows, and is repeated in the answer", async () => {
  const room = await openRoom();
  const { id: other, key } = (await room.ask("POST", "/things", { body: {} })).body;
  await connect(room, other, room.channelId);
  await said(room, [{ n: "pressure", bt: HOUR, t: 50, v: 7 }], {
    subtopic: "room/two",
    authorization: `Thing ${key}`,
  });
  const cases: readonly [string, readonly unknown[], Record<string, unknown>][] = [
    ["subtopic=room.two", [7], { subtopic: "room.two" }],
    ["subtopic=room/two", [7], { subtopic: "room/two" }],
    ["subtopic=room", [], { subtopic: "room" }],
    [`publisher=${other}`, [7], { publisher: other }],
    ["protocol=http&name=pressure", [7], { protocol: "http", name: "pressure" }],
    ["protocol=mqtt", [], { protocol: "mqtt" }],
    ["name=temperature", [20, 22, 30], { name: "temperature" }],
    ["v=22", [22], { v: 22 }],
    ["v=22&comparator=eq", [22], { v: 22, comparator: "eq" }],
    ["v=22&comparator=lt", [20, 7], { v: 22, comparator: "lt" }],
    ["v=22&comparator=le", [20, 7, 22], { v: 22, comparator: "le" }],
    ["v=22&comparator=gt", [30], { v: 22, comparator: "gt" }],
    ["v=22&comparator=ge", [22, 30], { v: 22, comparator: "ge" }],
    ["vs=on", ["on"], { vs: "on" }],
    ["vs=off", [], { vs: "off" }],
    ["vb=true", [true], { vb: true }],
    ["vb=false", [false], { vb: false }],
    ["vd=AQID", ["AQID"], { vd: "AQID" }],
    [`from=${HOUR + 40}`, ["AQID", 7, 22, 30], { from: HOUR + 40 }],
    [`to=${HOUR + 20}`, [20, "on"], { to: HOUR + 20 }],
    [`from=${HOUR + 10}.5&to=${HOUR + 30}.5`, [true, false], { from: HOUR + 10.5 }],
    ["name=temperature&v=20&vs=on", [], {}],
  ];
  for (const [query, wanted, repeated] of cases) {
    const page = await room.read(query);
    assert.deepEqual(page.messages.map(valueOf), wanted, query);
    assert.equal(page.total, wanted.length, query);
    for (const [name, value] of Object.entries(repeated)) assert.equal(page[name], value, query);
  }
  await room.close();
});

Deno.test("readers: aggregate numbers by name and interval", async () => {
  const room = await openRoom();
  const rows = async (aggregation: string, interval = "1h") => {
    const page = await room.read(
      `name=temperature&aggregation=${aggregation}&interval=${interval}`,
    );
    assert.equal(page.total, page.messages.length);
    return page.messages.map((row: { time: number; value: number }) => [row.time, row.value]);
  };
  assert.deepEqual(await rows("MAX"), [[HOUR, 22], [HOUR + 3_600, 30]]);
  assert.deepEqual(await rows("MIN"), [[HOUR, 20], [HOUR + 3_600, 30]]);
  assert.deepEqual(await rows("AVG"), [[HOUR, 21], [HOUR + 3_600, 30]]);
  assert.deepEqual(await rows("SUM"), [[HOUR, 42], [HOUR + 3_600, 30]]);
  assert.deepEqual(await rows("COUNT"), [[HOUR, 2], [HOUR + 3_600, 1]]);
  assert.deepEqual(await rows("avg", "10m"), [[HOUR, 20], [HOUR + 600, 22], [HOUR + 3_600, 30]]);
  assert.deepEqual(await rows("SUM", "1d"), [[HOUR, 72]]);
  assert.deepEqual(await rows("SUM", "600s"), await rows("SUM", "10m"));
  const all = await room.read("aggregation=COUNT&interval=1d");
  assert.equal(all.total, 1, "texts, booleans and bytes have no mean");
  const late = `from=${HOUR + 600}&aggregation=SUM&interval=1d`;
  assert.equal((await room.read(late)).messages[0].value, 52);
  await room.close();
});

Deno.test("readers: two records of one series with the same time are two points", async () => {
  const station = await openStation();
  const same = { n: "temperature", t: HOUR, v: 1 };
  await said(station, [same, same, { ...same, v: 2 }]);
  await said(station, [same]);
  const { body } = await station.ask("GET", `${station.path}?dir=asc`);
  assert.equal(body.total, 4);
  assert.deepEqual(body.messages.map(valueOf), [1, 1, 2, 1]);
  await station.close();
});

Deno.test("readers: texts and units are answered whole, whatever characters they hold", async () => {
  const station = await openStation();
  const odd = 'a\u0000b\n"\\ \u{1f321}';
  await said(station, [{ n: "text", u: odd, vs: odd }, { n: "number", u: odd, v: 1 }]);
  const read = async (query: string) =>
    (await station.ask("GET", `${station.path}?${query}`)).body.messages[0];
  const text = await read("name=text");
  assert.deepEqual([text.unit, text.string_value], [odd, odd]);
  assert.equal((await read("name=number&aggregation=MAX&interval=1h")).unit, odd);
  assert.equal((await read(`vs=${encodeURIComponent(odd)}`)).name, "text");
  await station.close();
});

Deno.test("readers: JSON messages are found by their format, the last level of the subtopic", async () => {
  const station = await openStation();
  const type = "application/json";
  await said(station, { on: true, deep: { a: [1, null] } }, { type, subtopic: "room/status" });
  await said(station, [{ n: 1 }, { n: 2 }], { type, subtopic: "alarm" });
  const read = async (query: string) =>
    (await station.ask("GET", `${station.path}?dir=asc&${query}`)).body;
  const page = await read("format=status");
  assert.deepEqual([page.total, page.format], [1, "status"]);
  const { created, ...row } = page.messages[0];
  assert.deepEqual(row, {
    channel: station.channelId,
    subtopic: "room.status",
    publisher: station.thing.id,
    protocol: "http",
    payload: { on: true, deep: { a: [1, null] } },
  });
  const [message] = await station.stored();
  assert.equal(created, message!.receivedUs * 1_000, "nanoseconds, as Mainflux stores them");
  const payloads = async (query: string) =>
    (await read(query)).messages.map(({ payload }: { payload: object }) => payload);
  assert.deepEqual(await payloads("format=alarm"), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(await payloads("format=alarm&limit=1&offset=1"), [{ n: 2 }]);
  assert.equal((await read("format=json")).total, 3);
  assert.equal((await read("format=json&subtopic=alarm")).total, 2);
  assert.equal((await read("format=nothing")).total, 0);
  assert.equal((await read("format=messages")).total, 0);
  await station.close();
});

Deno.test("readers: SenML CBOR is read as SenML JSON is, and opaque bytes are no measurements", async () => {
  const station = await openStation();
  const record = new Map<number, unknown>([[-2, "t"], [-3, HOUR], [0, "emp"], [1, "Cel"], [2, 3]]);
  await said(station, encodeCbor([record]), { type: "application/senml+cbor" });
  await said(station, new Uint8Array([1, 2, 3]), { type: "application/octet-stream" });
  const { body } = await station.ask("GET", station.path);
  assert.equal(body.total, 1);
  const { name, unit, time, value } = body.messages[0];
  assert.deepEqual([name, unit, time, value], ["temp", "Cel", HOUR, 3]);
  await station.close();
});

Deno.test("readers: answer whoever may read the channel, and nobody else", async () => {
  const station = await openStation();
  await said(station, [{ n: "a", v: 1 }], { type: SENML });
  const ada = await signedUp(station, "ada@example.com");
  const read = (authorization: string | null, path = station.path): Promise<Answer> =>
    station.ask("GET", path, {
      token: null,
      headers: authorization === null ? {} : { authorization },
    });
  const { key, id } = station.thing;
  for (const good of [`Bearer ${station.adminToken}`, `Thing ${key}`, `Client ${key}`, key]) {
    assert.equal((await read(good)).body.total, 1, good);
  }
  assertProblem(await read(null), 401);
  assertProblem(await read("Thing unknown"), 401);
  assertProblem(await read("Bearer x.y.z"), 401);
  assertProblem(await read(`Bearer ${ada.token}`), 403);
  assertProblem(await read(`Bearer ${station.adminToken}`, `/channels/${newId()}/messages`), 404);
  const share = { user_id: ada.id, policies: ["read"] };
  await station.ask("POST", `/channels/${station.channelId}/share`, { body: share });
  assert.equal((await read(`Bearer ${ada.token}`)).status, 200);
  const pair = { thing_ids: [id], channel_ids: [station.channelId] };
  await station.ask("POST", "/disconnect", { body: pair });
  assertProblem(await read(`Thing ${key}`), 403);
  await station.ask("POST", "/connect", { body: { ...pair, types: ["publish"] } });
  assertProblem(await read(`Thing ${key}`), 403);
  await station.ask("POST", "/connect", { body: { ...pair, types: ["subscribe"] } });
  assert.equal((await read(`Thing ${key}`)).status, 200);
  await station.close();
});
