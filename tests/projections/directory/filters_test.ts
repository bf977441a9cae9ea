import assert from "node:assert/strict";
import type { JsonObject } from "../../../actors/mod.ts";
import {
  channelCreated,
  OTHER_DOMAIN,
  OWNER,
  START_MS,
  thingCreated,
  userCreated,
} from "../log.ts";
import { type Directory, listed, type Listing, sealed, withDirectory } from "./house.ts";

const GUEST = "a0000000-0000-4000-8000-000000000002";

function ids(directory: Directory, filter: NonNullable<Listing["filter"]>): string {
  const { total, ids } = listed(directory, "thing", { filter });
  assert.equal(total, ids.length);
  return ids.join("");
}

/** Things `a`, `b`, `c` … with these descriptions. */
async function things(
  { tell }: Directory,
  ...described: readonly Parameters<typeof thingCreated>[0][]
): Promise<void> {
  for (const [i, data] of described.entries()) {
    await tell([`thing-${"abcdefghijkl"[i]}`, thingCreated(data)]);
  }
}

Deno.test("directory lists: find a part of the name in any letter case, and take wildcards for text", () =>
  withDirectory(async (directory) => {
    await things(
      directory,
      { name: "Pump one" },
      { name: "valve" },
      { name: "100% pump_2" },
      { name: "it's \\ back" },
      { name: "Übungsraum Žižkov" },
    );
    assert.equal(ids(directory, { name: "pump" }), "ac");
    assert.equal(ids(directory, { name: "PUMP O" }), "a");
    assert.equal(ids(directory, { name: "" }), "abcde");
    assert.equal(ids(directory, { name: "übung" }), "e");
    assert.equal(ids(directory, { name: "žIŽKOV" }), "e");
    assert.equal(ids(directory, { name: "%" }), "c");
    assert.equal(ids(directory, { name: "_" }), "c");
    assert.equal(ids(directory, { name: "\\" }), "d");
    assert.equal(ids(directory, { name: "it's" }), "d");
    assert.equal(ids(directory, { name: "' OR 1 = 1 --" }), "");
  }));

Deno.test("directory lists: find a tag as a whole", () =>
  withDirectory(async (directory) => {
    await things(directory, { tags: ["red", "old"] }, { tags: ["redder"] }, { tags: [] });
    assert.equal(ids(directory, { tag: "red" }), "a");
    assert.equal(ids(directory, { tag: "old" }), "a");
    assert.equal(ids(directory, { tag: "Red" }), "");
  }));

Deno.test("directory lists: find metadata by every member that is asked for, at any depth and of its type", () =>
  withDirectory(async (directory) => {
    const metadata: readonly JsonObject[] = [
      { site: { floor: 2, name: "north" }, on: true },
      { site: { floor: 2 }, on: 1 },
      { site: "north", list: [1, { a: 2 }], none: null },
      { site: { floor: "2" }, on: false, empty: {} },
    ];
    await things(directory, ...metadata.map((metadata) => ({ metadata })));
    const found = (metadata: JsonObject) => ids(directory, { metadata });
    assert.equal(found({}), "abcd");
    assert.equal(found({ site: { floor: 2 } }), "ab");
    assert.equal(found({ site: { floor: 2, name: "north" } }), "a");
    assert.equal(found({ site: { floor: 2 }, on: true }), "a");
    assert.equal(found({ site: { floor: "2" } }), "d");
    assert.equal(found({ site: "north" }), "c");
    assert.equal(found({ on: true }), "a");
    assert.equal(found({ on: 1 }), "b");
    assert.equal(found({ on: false }), "d");
    assert.equal(found({ list: [1, { a: 2 }] }), "c");
    assert.equal(found({ list: [1] }), "");
    assert.equal(found({ none: null }), "c");
    assert.equal(found({ missing: null }), "");
    assert.equal(found({ site: {} }), "abd");
    assert.equal(found({ empty: {} }), "d");
  }));

Deno.test("directory lists: take any text for a member of metadata", () =>
  withDirectory(async (directory) => {
    const keys = ['a"b', "a\\b", "a.b", "a[0]", "", "it's", '"', "ü", "line\nbreak", "$", "%"];
    await things(directory, ...keys.map((key) => ({ metadata: { [key]: key } })));
    for (const [i, key] of keys.entries()) {
      assert.equal(ids(directory, { metadata: { [key]: key } }), "abcdefghijkl"[i], key);
    }
  }));

Deno.test("directory lists: find by status and owner", () =>
  withDirectory(async (directory) => {
    await things(directory, {}, { ownerId: GUEST }, {});
    await directory.tell(["thing-c", { type: "ThingDisabled", data: {} }]);
    assert.equal(ids(directory, { status: "enabled" }), "ab");
    assert.equal(ids(directory, { status: "disabled" }), "c");
    assert.equal(ids(directory, { ownerId: GUEST }), "b");
    assert.equal(ids(directory, { ownerId: OWNER, status: "enabled" }), "a");
  }));

Deno.test("directory lists: show a user what it owns and what is shared with it", () =>
  withDirectory(async (directory) => {
    await things(directory, {}, { ownerId: GUEST }, {}, {});
    await directory.tell(
      ["thing-c", { type: "ThingShared", data: { userId: GUEST, policies: ["read"] } }],
      ["thing-d", { type: "ThingShared", data: { userId: GUEST, policies: ["read"] } }],
      ["thing-d", { type: "ThingUnshared", data: { userId: GUEST } }],
    );
    assert.equal(ids(directory, { visibleTo: GUEST }), "bc");
    assert.equal(ids(directory, { visibleTo: OWNER }), "acd");
    assert.equal(ids(directory, { visibleTo: "nobody" }), "");
  }));

Deno.test("directory lists: find a person by the whole address", () =>
  withDirectory(async (directory) => {
    const person = (id: string, email: string) =>
      [`user-${id}`, userCreated({ userId: id, personal: sealed({ email }) })] as const;
    await directory.tell(person("a", "ann@example.com"), person("b", "ben@example.com"));
    const found = (email: string) => listed(directory, "user", { filter: { email } }).ids;
    assert.deepEqual(found("ben@example.com"), ["b"]);
    assert.deepEqual(found("example.com"), []);
  }));

Deno.test("directory lists: hold one domain's entities of one kind", () =>
  withDirectory(async (directory) => {
    await things(directory, {});
    await directory.tell(
      ["thing-b", thingCreated({ domainId: OTHER_DOMAIN }), { domainId: OTHER_DOMAIN }],
      ["channel-c", channelCreated()],
    );
    assert.equal(ids(directory, {}), "a");
    assert.equal(ids(directory, { domainId: OTHER_DOMAIN }), "b");
    assert.deepEqual(listed(directory, "channel").ids, ["c"]);
    assert.deepEqual(listed(directory, "user"), { total: 0, ids: [] });
  }));

Deno.test("directory lists: show who is connected with whom, and who is not, now and at any instant", () =>
  withDirectory(async (directory) => {
    await things(directory, {}, {}, {});
    const [, , connected, , , cut] = await directory.tell(
      ["channel-x", channelCreated()],
      ["channel-y", channelCreated()],
      ["thing-a", { type: "ThingConnected", data: { channelId: "x", types: ["publish"] } }],
      ["thing-b", { type: "ThingConnected", data: { channelId: "x", types: ["publish"] } }],
      ["thing-b", { type: "ThingConnected", data: { channelId: "y", types: ["publish"] } }],
      ["thing-a", { type: "ThingDisconnected", data: { channelId: "x" } }],
      ["thing-b", { type: "ThingConnected", data: { channelId: "x", types: ["subscribe"] } }],
    );
    const of = (kind: "thing" | "channel", listing: Listing) =>
      listed(directory, kind, listing).ids.join("");
    const things_ = (channelId: string, page: Listing["page"] = {}) => [
      of("thing", { filter: { connection: { channelId, connected: true } }, page }),
      of("thing", { filter: { connection: { channelId, connected: false } }, page }),
    ];
    assert.deepEqual(things_("x"), ["b", "ac"]);
    assert.deepEqual(things_("x", { at: { position: cut! - 1 } }), ["ab", "c"]);
    assert.deepEqual(things_("x", { at: { position: connected! - 1 } }), ["", "abc"]);
    assert.deepEqual(things_("x", { at: { ms: START_MS + connected! * 1_000 } }), ["a", "bc"]);
    assert.deepEqual(things_("y"), ["b", "ac"]);
    const channels = (thingId: string, connected: boolean) =>
      of("channel", { filter: { connection: { thingId, connected } } });
    assert.deepEqual([channels("b", true), channels("b", false)], ["xy", ""]);
    assert.deepEqual([channels("a", true), channels("a", false)], ["", "xy"]);

    await directory.tell(["thing-b", { type: "ThingRemoved", data: {} }]);
    assert.deepEqual(things_("x"), ["", "ac"]);
    assert.equal(channels("b", true), "");
  }));
