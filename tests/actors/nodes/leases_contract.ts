import assert from "node:assert/strict";
import { type Lease, type Leases, PARTITIONS } from "../../../actors/mod.ts";

/* The port of leases in executable form. It speaks to the port alone, through two nodes of it. */

export interface OpenedLeases {
  readonly leases: Leases;
  /** Another node's end of the same leases. */
  readonly others: Leases;
  close(): Promise<void>;
}

export function leasesContract(name: string, open: () => Promise<OpenedLeases>): void {
  const check = (says: string, run: (opened: OpenedLeases) => Promise<void>) =>
    Deno.test(`${name}: ${says}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });
  writing(check);
  watching(check);
}

type Check = (says: string, run: (opened: OpenedLeases) => Promise<void>) => void;

function writing(check: Check): void {
  check("have none before the first is written", async ({ leases }) => {
    assert.deepEqual(await leases.all(), []);
  });

  check("take the first write, and show it to every node", async ({ leases, others }) => {
    const lease = await written(leases, { partition: 3, node: "node-a" });
    assert.deepEqual([lease.partition, lease.node], [3, "node-a"]);
    assert.ok(lease.revision > 0);
    assert.deepEqual(await others.all(), [lease]);
  });

  check(
    "refuse a write that names another revision than the newest",
    async ({ leases, others }) => {
      const first = await written(leases, { partition: 0, node: "node-a" });
      const second = await written(others, { partition: 0, node: "node-b" }, first.revision);
      for (const revision of [0, first.revision, second.revision + 1]) {
        assert.equal(await leases.write({ partition: 0, node: "node-a" }, { revision }), undefined);
      }
      assert.deepEqual(await leases.all(), [second]);
    },
  );

  check("refuse to write what was never written at a revision", async ({ leases }) => {
    assert.equal(await leases.write({ partition: 0, node: "a" }, { revision: 7 }), undefined);
    assert.deepEqual(await leases.all(), []);
  });

  check("raise the revision with every write, also of the same node", async ({ leases }) => {
    let revision = 0;
    for (let n = 0; n < 5; n++) {
      const lease = await written(leases, { partition: 1, node: "node-a" }, revision);
      assert.ok(lease.revision > revision);
      revision = lease.revision;
    }
  });

  check("let one of several writers at the same revision through", async ({ leases, others }) => {
    for (let revision = 0, round = 0; round < 10; round++) {
      const answers = await Promise.all(
        Array.from(
          { length: 8 },
          (_, n) =>
            (n % 2 === 0 ? leases : others).write({ partition: 5, node: `node-${n}` }, {
              revision,
            }),
        ),
      );
      const through = answers.filter((answer) => answer !== undefined);
      assert.equal(through.length, 1);
      assert.deepEqual(await leases.all(), through);
      revision = through[0]!.revision;
    }
  });

  check("keep that a partition was given back", async ({ leases, others }) => {
    const taken = await written(leases, { partition: 2, node: "node-a" });
    const back = await written(leases, { partition: 2, node: "" }, taken.revision);
    assert.deepEqual(await others.all(), [back]);
    assert.equal(back.node, "");
    assert.equal(await others.write({ partition: 2, node: "node-b" }, { revision: 0 }), undefined);
    await written(others, { partition: 2, node: "node-b" }, back.revision);
  });

  check("hold every partition and every seat behind them apart", async ({ leases, others }) => {
    const count = 2 * PARTITIONS;
    await Promise.all(
      Array.from({ length: count }, (_, n) => written(leases, { partition: n, node: `node-${n}` })),
    );
    const all = (await others.all()).toSorted((a, b) => a.partition - b.partition);
    assert.deepEqual(
      all.map(({ partition, node }) => [partition, node]),
      Array.from({ length: count }, (_, n) => [n, `node-${n}`]),
    );
  });
}

function watching(check: Check): void {
  check("tell the writes of all nodes, those of one partition in their order", async (opened) => {
    const { leases, others } = opened;
    const { heard, changed } = hearing();
    const end = await leases.watch(changed);
    const expected: Lease[] = [];
    let revision = 0;
    for (let n = 0; n < 10; n++) {
      const by = n % 2 === 0 ? leases : others;
      const lease = await written(by, { partition: 4, node: `node-${n}` }, revision);
      expected.push(lease);
      revision = lease.revision;
    }
    await until(() => heard.length >= 10, "all writes are told");
    assert.deepEqual(heard, expected);
    end();
  });

  check("tell several watchers, each until it ends", async ({ leases, others }) => {
    const first = hearing();
    const second = hearing();
    const end = await leases.watch(first.changed);
    await others.watch(second.changed);
    const one = await written(leases, { partition: 0, node: "node-a" });
    await until(() => first.heard.length > 0 && second.heard.length > 0, "both hear of it");
    end();
    const two = await written(leases, { partition: 0, node: "node-b" }, one.revision);
    await until(() => second.heard.length === 2, "the one that goes on hears more");
    assert.deepEqual(first.heard, [one]);
    assert.deepEqual(second.heard, [one, two]);
  });
}

async function written(
  leases: Leases,
  lease: { readonly partition: number; readonly node: string },
  revision = 0,
): Promise<Lease> {
  const answer = await leases.write(lease, { revision });
  assert.ok(answer !== undefined, "nobody was faster");
  return answer;
}

function hearing() {
  const heard: Lease[] = [];
  return { heard, changed: (lease: Lease) => void heard.push(lease) };
}

/** Most tries, each some milliseconds after the other. */
const TRIES = 1_000;

export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let n = 0; n < TRIES && !holds(); n++) await new Promise((done) => setTimeout(done, 5));
  assert.ok(holds(), what);
}
