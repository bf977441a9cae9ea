import assert from "node:assert/strict";
import { encode as encodeCbor } from "cborg";
import { newId } from "../../../actors/mod.ts";
import { type Answer, assertProblem, type House, openHouse } from "./house.ts";
import { openStation, SENML } from "./messages.ts";

const CBOR = "application/senml+cbor";
const JSON_TYPE = "application/json";

const hex = (text: string) =>
  new Uint8Array((text.match(/../g) ?? []).map((byte) => parseInt(byte, 16)));
const nested = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
const record = (fields: Record<number, unknown>) =>
  encodeCbor([new Map(Object.entries(fields).map(([label, value]) => [Number(label), value]))]);
const overNested = (levels: number) => {
  // [{0: "n", 2: 1, 99: [[…1…]]}], each level an array of one.
  const head = hex("81a300616e02011863");
  return new Uint8Array([...head, ...Array(levels).fill(0x81), 1]);
};

/** What, its type, its bytes, the field to blame and what the answer must say. */
type BadPayload = readonly [string, string, string | Uint8Array, string, RegExp];

const BAD_PAYLOADS: readonly BadPayload[] = [
  ["broken JSON", JSON_TYPE, '{"a":', "payload", /JSON/],
  ["no JSON at all", JSON_TYPE, "", "payload", /JSON/],
  ["a JSON scalar", JSON_TYPE, "1", "payload", /object/],
  ["JSON that is not UTF-8", JSON_TYPE, hex("7b2261223a22ff227d"), "payload", /./],
  ["JSON with an infinite number", JSON_TYPE, '{"a":[1e999]}', "payload", /finite/],
  ["JSON with NaN", JSON_TYPE, '{"a":NaN}', "payload", /JSON/],
  ["JSON nested too deeply", JSON_TYPE, `{"a":${nested(32)}}`, "payload", /32/],
  ["JSON nested absurdly", JSON_TYPE, nested(400_000), "payload", /32/],
  ["too many JSON objects", JSON_TYPE, `[${Array(10_001).fill("{}")}]`, "payload", /10000/],
  ["broken SenML", SENML, '[{"n":"a","v":1}', "payload", /SenML/],
  ["SenML that is no array", SENML, '{"n":"a","v":1}', "payload", /array/],
  ["SenML without a record", SENML, "[]", "payload", /no record/],
  ["SenML of something else", SENML, "[1]", "payload[0]", /object/],
  ["SenML with a text as number", SENML, '[{"n":"a","v":"1"}]', "payload[0].v", /number/],
  ["SenML with an infinite number", SENML, '[{"n":"a","v":1e999}]', "payload[0].v", /finite/],
  ["SenML with an infinite time", SENML, '[{"n":"a","v":1,"t":-1e999}]', "payload[0].t", /finite/],
  ["SenML with an infinite base", SENML, '[{"n":"a","v":1,"bv":1e999}]', "payload[0].bv", /finite/],
  ["SenML past all time", SENML, '[{"n":"a","v":1,"t":1e300}]', "payload[0].t", /range/],
  [
    "SenML with an infinite sum of value and base",
    SENML,
    '[{"bv":1.7e308,"n":"a","v":1.7e308}]',
    "payload[0].v",
    /range/,
  ],
  ["SenML without a value", SENML, '[{"n":"a"}]', "payload[0]", /value/],
  ["SenML with two values", SENML, '[{"n":"a","v":1,"vs":"x"}]', "payload[0]", /more than one/],
  ["SenML without a name", SENML, '[{"v":1}]', "payload[0].n", /name/],
  ["SenML with a wrong name", SENML, '[{"n":"a b","v":1}]', "payload[0].n", /a b/],
  ["SenML of another version", SENML, '[{"bver":11,"n":"a","v":1}]', "payload[0].bver", /10/],
  ["SenML that must be understood", SENML, '[{"n":"a","v":1,"x_":1}]', "payload[0].x_", /under/],
  [
    "SenML nested too deeply",
    SENML,
    `[{"n":"a","v":1,"x":${nested(40)}}]`,
    "payload",
    /32/,
  ],
  [
    "10,001 SenML records",
    SENML,
    `[${Array(10_001).fill('{"n":"a","v":1}')}]`,
    "payload",
    /10001.*10000/,
  ],
  ["broken CBOR", CBOR, hex("8ba1"), "payload", /CBOR/],
  ["no CBOR at all", CBOR, "", "payload", /CBOR/],
  ["CBOR with more behind it", CBOR, hex("8000"), "payload", /CBOR/],
  ["CBOR that is no array", CBOR, encodeCbor({ n: "a" }), "payload", /array/],
  ["CBOR with NaN", CBOR, record({ 0: "a", 2: NaN }), "payload", /NaN/],
  ["CBOR with Infinity", CBOR, record({ 0: "a", 2: Infinity }), "payload", /Infinity/],
  ["CBOR with -Infinity", CBOR, record({ 0: "a", 2: -Infinity }), "payload", /Infinity/],
  ["CBOR with a text as number", CBOR, record({ 0: "a", 2: "1" }), "payload[0].v", /number/],
  ["CBOR with one label twice", CBOR, hex("81a300616e02010202"), "payload", /CBOR/],
  ["CBOR nested too deeply", CBOR, overNested(40), "payload", /32/],
  ["CBOR nested absurdly", CBOR, overNested(400_000), "payload", /32/],
  [
    "10,001 CBOR records",
    CBOR,
    encodeCbor(Array(10_001).fill(new Map<number, unknown>([[0, "a"], [2, 1]]))),
    "payload",
    /10001.*10000/,
  ],
];

Deno.test("bad input: a payload that is not what it says is refused, and nothing is stored", async (t) => {
  const station = await openStation();
  const before = await station.ground.events.lastPosition();
  for (const [what, type, payload, field, why] of BAD_PAYLOADS) {
    await t.step(what, async () => {
      const answer = await station.publish(payload, { type });
      assertProblem(answer, 400, field);
      assert.match(answer.body.detail, why);
      assert.ok(answer.body.detail.length < 300, "the answer does not repeat the payload");
    });
  }
  assert.equal(await station.ground.events.lastPosition(), before);
  const most = Array.from({ length: 10_000 }, (_, n) => ({ n: `n${n}`, v: n }));
  assert.equal((await station.publish(most)).status, 202);
  await station.close();
});

Deno.test("bad input: a body past 1 MiB is refused, also in chunks of unknown length", async () => {
  const station = await openStation();
  const before = await station.ground.events.lastPosition();
  const chunked = () => {
    let left = 12;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(new Uint8Array(100_000).fill(32));
        else controller.close();
      },
    });
  };
  const declared = await station.ask("POST", "/channels", { body: " ".repeat(1_048_577) });
  const authorization = `Bearer ${station.adminToken}`;
  const managed = await station.app.request("/channels", {
    method: "POST",
    headers: { authorization, "content-type": JSON_TYPE },
    body: chunked(),
  });
  const published = await station.publish(chunked(), { type: "application/octet-stream" });
  for (
    const answer of [
      declared,
      { status: managed.status, headers: managed.headers, body: await managed.json() },
      published,
    ]
  ) {
    assertProblem(answer, 413, "body");
    assert.match(answer.body.detail, /1048576/);
  }
  assert.equal(await station.ground.events.lastPosition(), before);
  await station.close();
});

/** Routes that take a body, and one that they would accept. */
function routesWithBody(ids: Record<"thing" | "channel" | "user", string>) {
  return [
    ["POST", "/things", {}],
    ["POST", "/things/bulk", [{}]],
    ["POST", "/things/search", {}],
    ["PUT", `/things/${ids.thing}`, { name: "x" }],
    ["PATCH", `/things/${ids.thing}`, { name: "x" }],
    ["PATCH", `/things/${ids.thing}/tags`, { tags: [] }],
    ["PATCH", `/things/${ids.thing}/key`, { key: "k" }],
    ["PATCH", `/things/${ids.thing}/secret`, { secret: "k" }],
    ["POST", `/things/${ids.thing}/share`, { user_id: ids.user, policies: ["read"] }],
    ["POST", "/channels", {}],
    ["POST", "/channels/bulk", [{}]],
    ["PUT", `/channels/${ids.channel}`, { name: "x" }],
    ["POST", "/connect", { thing_ids: [ids.thing], channel_ids: [ids.channel] }],
    ["PUT", "/disconnect", { thing_ids: [ids.thing], channel_ids: [ids.channel] }],
    ["POST", "/disconnect", { thing_ids: [ids.thing], channel_ids: [ids.channel] }],
    ["POST", "/users", { email: "new@example.com", password: "a long password" }],
    ["PUT", "/users", { name: "x" }],
    ["PATCH", `/users/${ids.user}`, { name: "x" }],
    ["POST", "/keys", {}],
    ["POST", "/tokens", { email: "admin@example.com", password: "12345678" }],
    ["POST", "/identify", { token: "k" }],
  ] as const;
}

async function withEntities(
  test: (house: House, ids: Record<"thing" | "channel" | "user", string>) => Promise<void>,
): Promise<void> {
  const house = await openHouse();
  const { body: thing } = await house.ask("POST", "/things", { body: { key: "known" } });
  const { body: channel } = await house.ask("POST", "/channels", { body: {} });
  const { body: user } = await house.ask("POST", "/users", {
    body: { email: "ada@example.com", password: "a long password" },
  });
  const before = await house.ground.events.lastPosition();
  await test(house, { thing: thing.id, channel: channel.id, user: user.id });
  assert.equal(await house.ground.events.lastPosition(), before, "something was stored");
  await house.close();
}

Deno.test("bad input: every route with a body wants JSON, declared and whole", async () => {
  await withEntities(async (house, ids) => {
    for (const [method, path, body] of routesWithBody(ids)) {
      const text = JSON.stringify(body);
      for (const type of ["text/plain", "application/xml", "application/jsonp", ""]) {
        const headers = { "content-type": type };
        const answer = await house.ask(method, path, { body: text, headers });
        assertProblem(answer, 415, "Content-Type");
        assert.match(answer.body.detail, /application\/json/, path);
      }
      for (const broken of [text.slice(0, -1), `${text},`, "", "\ufeff", "{'a':1}"]) {
        assertProblem(await house.ask(method, path, { body: broken }), 400, "body");
      }
      for (const wrong of ["null", "1", '"x"']) {
        const answer = await house.ask(method, path, { body: wrong });
        assertProblem(answer, 400);
        assert.match(answer.body.detail, /body/, path);
      }
    }
  });
});

Deno.test("bad input: names, metadata and tags past their limits are refused wherever they are given", async () => {
  await withEntities(async (house, ids) => {
    const routes = [
      ["POST", "/things", undefined],
      ["POST", "/things/bulk", "0."],
      ["PUT", `/things/${ids.thing}`, undefined],
      ["PATCH", `/things/${ids.thing}`, undefined],
      ["POST", "/channels", undefined],
      ["POST", "/channels/bulk", "0."],
      ["PUT", `/channels/${ids.channel}`, undefined],
      ["PATCH", `/users/${ids.user}`, undefined],
    ] as const;
    const wrong: readonly [string, string, RegExp][] = [
      [`{"name":"${"x".repeat(1_025)}"}`, "name", /1024/],
      ['{"name":7}', "name", /string/],
      [`{"metadata":{"a":"${"x".repeat(16_384)}"}}`, "metadata", /16384/],
      [`{"metadata":{"a":${nested(33)}}}`, "metadata", /32/],
      ['{"metadata":{"a":1e999}}', "metadata", /finite/],
      ['{"metadata":[1]}', "metadata", /object/],
      [`{"tags":["${"x".repeat(257)}"]}`, "tags.0", /256/],
      [JSON.stringify({ tags: Array(65).fill("t") }), "tags", /64/],
    ];
    for (const [method, path, prefix] of routes) {
      for (const [text, field, limit] of wrong) {
        const body = prefix === undefined ? text : `[${text}]`;
        const answer = await house.ask(method, path, { body });
        assertProblem(answer, 400);
        const blamed = String(answer.body.field);
        assert.ok(
          blamed === field || blamed === `${prefix}${field}`,
          `${method} ${path}: ${blamed} instead of ${field}`,
        );
        assert.match(answer.body.detail, limit, `${method} ${path}`);
      }
    }
  });
});

Deno.test("bad input: ids that are not UUIDs are refused in paths and bodies", async () => {
  await withEntities(async (house, ids) => {
    const wrong = ["1", "not-a-uuid", `${ids.thing}0`, ids.thing.toUpperCase(), "%00"];
    const parameters = (path: string) => path.split("/").filter((part) => part.startsWith(":"));
    // Dead letters have numbers; their own test refuses others.
    const routes = house.app.routes.filter(({ method, path }) =>
      method !== "ALL" && parameters(path).length === 1 && !path.includes(":sequence")
    );
    assert.ok(routes.length > 20);
    for (const { method, path } of routes) {
      const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
      for (const id of wrong) {
        const answer = await house.ask(method, path.replace(/:\w+/, id), body);
        assertProblem(answer, 400, parameters(path)[0]!.slice(1));
        assert.match(answer.body.detail, /UUID/);
      }
    }
    for (const id of wrong) {
      const list = [id];
      const refused = (answer: Answer, field: string) => assertProblem(answer, 400, field);
      refused(await house.ask("POST", "/things", { body: { id } }), "id");
      refused(await house.ask("POST", "/channels", { body: { id } }), "id");
      refused(await house.ask("POST", "/channels", { body: { parent_id: id } }), "parent_id");
      refused(await house.ask("POST", "/things/bulk", { body: [{}, { id }] }), "1.id");
      const pairs = { thing_ids: list, channel_ids: [ids.channel] };
      refused(await house.ask("POST", "/connect", { body: pairs }), "thing_ids.0");
      const share = { user_ids: list, policies: ["read"] };
      const path = `/things/${ids.thing}/share`;
      refused(await house.ask("POST", path, { body: share }), "user_ids.0");
    }
  });
});

Deno.test("bad input: an id or a key that is given out already is a conflict, alone and in bulk", async () => {
  await withEntities(async (house, ids) => {
    const id = newId();
    const conflicts: readonly [string, unknown, RegExp][] = [
      ["/things", { id: ids.thing }, /^id$/],
      ["/things", { key: "known" }, /key$/],
      ["/channels", { id: ids.channel }, /^id$/],
      ["/things/bulk", [{}, { id: ids.thing }], /id$/],
      ["/things/bulk", [{}, { key: "known" }], /key$/],
      ["/things/bulk", [{ id }, {}, { id }], /^2\.id$/],
      ["/things/bulk", [{ key: "new" }, {}, { key: "new" }], /^2\.key$/],
      ["/channels/bulk", [{}, { id: ids.channel }], /id$/],
      ["/channels/bulk", [{ id }, { id }], /^1\.id$/],
    ];
    for (const [path, body, field] of conflicts) {
      const answer = await house.ask("POST", path, { body });
      assertProblem(answer, 409);
      assert.match(String(answer.body.field), field, `${path} ${JSON.stringify(body)}`);
      assert.ok(!answer.body.detail.includes("known"), "a key is repeated to nobody");
    }
  });
});
