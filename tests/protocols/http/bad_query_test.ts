import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { assertProblem } from "./house.ts";
import { openStation, type Station } from "./messages.ts";

async function refusesAll(
  station: Station,
  path: string,
  wrong: readonly (readonly [string, string, RegExp?])[],
): Promise<void> {
  const before = await station.ground.events.lastPosition();
  for (const [query, field, says] of wrong) {
    const answer = await station.ask("GET", `${path}?${query}`);
    assertProblem(answer, 400, field);
    if (says !== undefined) assert.match(answer.body.detail, says, `${path}?${query}`);
  }
  assert.equal(await station.ground.events.lastPosition(), before);
}

const LISTS = [
  ["limit=0", "limit", /1/],
  ["limit=101", "limit", /100/],
  ["limit=abc", "limit", /abc/],
  ["limit=", "limit"],
  ["limit=1.5", "limit"],
  ["limit=1e1", "limit"],
  ["limit=-1", "limit"],
  ["offset=-1", "offset", /0/],
  ["offset=10001", "offset", /10000/],
  ["offset=x", "offset"],
  ["order=x", "order", /name/],
  ["dir=up", "dir", /asc/],
  ["status=x", "status", /enabled/],
  ["metadata={", "metadata", /JSON/],
  ["metadata=[]", "metadata", /JSON/],
  [`name=${"x".repeat(1_025)}`, "name", /1024/],
  [`tag=${"x".repeat(257)}`, "tag", /256/],
  ["owner_id=x", "owner_id", /UUID/],
  ["cursor=x", "cursor", /next_cursor/],
  ["cursor=e30&offset=1", "cursor"],
  ["at=yesterday", "at", /yesterday/],
  ["at=may 5", "at"],
  ["at=2026-01-31T12:00:00", "at"],
  ["at=2026-13-01T00:00:00Z", "at"],
  ["at=", "at"],
] as const;

Deno.test("bad query: every list names the key, the value and what would be right", async () => {
  const station = await openStation();
  for (
    const path of [
      "/things",
      "/channels",
      "/users",
      `/things/${station.thing.id}/channels`,
      `/channels/${station.channelId}/things`,
    ]
  ) await refusesAll(station, path, LISTS);
  await refusesAll(station, `/things/${station.thing.id}/channels`, [
    ["connected=maybe", "connected", /true/],
  ]);
  await refusesAll(station, `/things/${station.thing.id}`, [["at=x", "at"], ["at=99999-1", "at"]]);
  await station.close();
});

Deno.test("bad query: the search in the body has the same limits", async () => {
  const station = await openStation();
  const wrong: readonly [unknown, string][] = [
    [{ limit: 0 }, "limit"],
    [{ limit: 101 }, "limit"],
    [{ limit: "ten" }, "limit"],
    [{ limit: 1.5 }, "limit"],
    [{ offset: 10_001 }, "offset"],
    [{ order: "x" }, "order"],
    [{ dir: "up" }, "dir"],
    [{ metadata: "{}" }, "metadata"],
  ];
  for (const path of ["/things/search", "/channels/search"]) {
    for (const [body, field] of wrong) {
      assertProblem(await station.ask("POST", path, { body }), 400, field);
    }
  }
  await station.close();
});

Deno.test("bad query: the readers of messages refuse what they cannot answer", async () => {
  const station = await openStation();
  await refusesAll(station, station.path, [
    ["limit=0", "limit"],
    ["limit=1001", "limit", /1000/],
    ["limit=abc", "limit", /abc/],
    ["limit=1e1", "limit"],
    ["limit=0x10", "limit"],
    ["offset=-1", "offset"],
    ["offset=10001", "offset", /10000/],
    ["offset=", "offset"],
    ["v=x", "v", /number/],
    ["v=NaN", "v"],
    ["v=1e999", "v", /finite/],
    ["from=yesterday", "from", /number/],
    ["from=1e999", "from", /finite/],
    ["to=x", "to"],
    ["comparator=like", "comparator", /eq/],
    ["v=1&comparator=", "comparator"],
    ["vb=yes", "vb", /true/],
    ["dir=up", "dir"],
    ["order=name", "order"],
    ["aggregation=MEDIAN&interval=1h", "aggregation", /AVG/],
    ["aggregation=AVG", "interval", /10h/],
    ["aggregation=AVG&interval=0h", "interval"],
    ["aggregation=AVG&interval=h", "interval"],
    ["aggregation=AVG&interval=1y", "interval"],
    ["publisher=x", "publisher", /UUID/],
    [`name=${"x".repeat(2_000)}`, "name", /1024/],
  ]);
  await station.close();
});

Deno.test("bad query: raw messages and histories refuse what they cannot answer", async () => {
  const station = await openStation();
  await refusesAll(station, `${station.path}/raw`, [
    ["limit=0", "limit"],
    ["limit=1001", "limit", /1000/],
    ["limit=abc", "limit"],
    ["limit=1e1", "limit"],
    ["from=yesterday", "from"],
    ["from=-99999999999999", "from"],
    ["to=2026-01-01T00:00:00", "to"],
    ["from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to", /before/],
    ["cursor=x", "cursor", /nextCursor/],
    ["cursor=2026-99-99.0.0", "cursor"],
    ["cursor=2026-01-01.99999999999999999999.0", "cursor"],
    ["publisher=x", "publisher", /UUID/],
  ]);
  for (
    const path of [`/things/${station.thing.id}/history`, `/channels/${station.channelId}/history`]
  ) {
    await refusesAll(station, path, [
      ["limit=0", "limit"],
      ["limit=101", "limit", /100/],
      ["limit=abc", "limit"],
      ["dir=up", "dir"],
      ["from=x", "from"],
      ["to=x 5", "to"],
      ["cursor=x", "cursor", /nextCursor/],
      ["cursor=99999999999999999999", "cursor"],
      [`type=${"x".repeat(65)}`, "type", /64/],
      [`principal=${"x".repeat(65)}`, "principal", /64/],
    ]);
  }
  assertProblem(await station.ask("GET", `/things/${newId()}/history`), 404);
  await station.close();
});
