import assert from "node:assert/strict";
import type { DirectoryPage } from "../../../projections/mod.ts";
import { DOMAIN, thingCreated } from "../log.ts";
import { type Directory, listed, withDirectory } from "./house.ts";

const ORDERS = ["id", "name", "created_at", "updated_at"] as const;
const DIRECTIONS = ["asc", "desc"] as const;

/** Twelve things whose names, times of creation and of change are in different orders, with ties. */
async function twelve({ tell }: Directory): Promise<void> {
  const ids = "hdkabglcfeij";
  for (const [i, id] of [...ids].entries()) {
    const afterMs = i % 3 === 0 ? 1_000 : 0;
    await tell([`thing-${id}`, thingCreated({ name: `n${i % 4}` }), { afterMs }]);
  }
  for (const id of "gab") {
    await tell([`thing-${id}`, { type: "ThingUpdated", data: { tags: ["x"] } }, { afterMs: 500 }]);
  }
}

function items(
  { queries }: Directory,
  page: Partial<DirectoryPage>,
) {
  return queries.list("thing", {
    filter: { domainId: DOMAIN },
    page: { order: "id", direction: "asc", offset: 0, limit: 100, ...page },
  });
}

Deno.test("directory lists: come in the order that is asked for, ties by id", () =>
  withDirectory(async (directory) => {
    await twelve(directory);
    const keys = (order: typeof ORDERS[number]) =>
      items(directory, { order }).items.map(({ id, fields, createdMs, updatedMs }) => ({
        id,
        key: { id, name: fields["name"] as string, created_at: createdMs, updated_at: updatedMs }[
          order
        ],
      }));
    for (const order of ORDERS) {
      const up = keys(order);
      const sorted = up.toSorted((a, b) =>
        a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1
      );
      assert.deepEqual(up, sorted, order);
      const down = items(directory, { order, direction: "desc" }).items.map(({ id }) => id);
      assert.deepEqual(down, up.map(({ id }) => id).toReversed(), order);
    }
    assert.equal(listed(directory, "thing").ids.join(""), "abcdefghijkl");
  }));

Deno.test("directory lists: pages by offset hold everything once, and the total of all", () =>
  withDirectory(async (directory) => {
    await twelve(directory);
    for (const order of ORDERS) {
      const whole = items(directory, { order }).items.map(({ id }) => id);
      const pages: string[] = [];
      for (let offset = 0; offset < 15; offset += 5) {
        const page = items(directory, { order, offset, limit: 5 });
        assert.equal(page.total, 12);
        pages.push(...page.items.map(({ id }) => id));
      }
      assert.deepEqual(pages, whole);
    }
    assert.deepEqual(items(directory, { offset: 12 }).items, []);
  }));

Deno.test("directory lists: pages by cursor hold everything once, in every order and direction", () =>
  withDirectory(async (directory) => {
    await twelve(directory);
    for (const order of ORDERS) {
      for (const direction of DIRECTIONS) {
        const whole = items(directory, { order, direction }).items.map(({ id }) => id);
        const pages: string[] = [];
        let after: DirectoryPage["after"];
        do {
          const page = items(directory, {
            order,
            direction,
            limit: 5,
            ...(after === undefined ? {} : { after }),
          });
          assert.equal(page.total, 12);
          pages.push(...page.items.map(({ id }) => id));
          const last = page.items.at(-1);
          after = last === undefined ? undefined : {
            id: last.id,
            key: {
              id: last.id,
              name: last.fields["name"] as string,
              created_at: last.createdMs,
              updated_at: last.updatedMs,
            }[order],
          };
        } while (after !== undefined);
        assert.deepEqual(pages, whole, `${order} ${direction}`);
      }
    }
  }));

Deno.test("directory lists: are answered for the past as they were then", () =>
  withDirectory(async (directory) => {
    const [, , third] = await directory.tell(
      ["thing-a", thingCreated({ name: "one" })],
      ["thing-b", thingCreated({ name: "one" })],
      ["thing-a", { type: "ThingUpdated", data: { name: "two" } }],
      ["thing-b", { type: "ThingRemoved", data: {} }],
    );
    const before = { at: { position: third! - 1 } };
    const then = (name: string) => listed(directory, "thing", { filter: { name }, page: before });
    assert.deepEqual(then("one"), { total: 2, ids: ["a", "b"] });
    assert.deepEqual(then("two"), { total: 0, ids: [] });
    assert.deepEqual(listed(directory, "thing"), { total: 1, ids: ["a"] });
    assert.deepEqual(listed(directory, "thing", { filter: { name: "two" } }).ids, ["a"]);
    assert.deepEqual(listed(directory, "thing", { page: { at: { position: 0 } } }).total, 0);
  }));
