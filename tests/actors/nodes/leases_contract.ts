import assert from "node:assert/strict";
import type { Lease, Leases } from "../../../actors/mod.ts";

/* The port of leases in executable form: what two nodes see of each other's writes. */

export interface LeasesOf {
  readonly nodes: readonly [Leases, Leases];
  close(): Promise<void>;
}

export function leasesContract(name: string, open: () => Promise<LeasesOf>): void {
  const check = (says: string, run: (nodes: LeasesOf["nodes"]) => Promise<void>) =>
    Deno.test(`${name}: ${says}`, async () => {
      const { nodes, close } = await open();
      try {
        await run(nodes);
      } finally {
        await close();
      }
    });

  check("has none before one was written", async ([one]) => {
    assert.deepEqual(await one.all(), []);
  });

  check(
    "writes a lease that every node sees, with the revision that the next write needs",
    async (nodes) => {
      const [one, other] = nodes;
      const first = await one.write({ partition: 7, node: "a" }, { revision: 0 });
      assert.ok(first !== undefined && first.revision > 0);
      assert.deepEqual(first, { partition: 7, node: "a", revision: first.revision });
      assert.deepEqual(await other.all(), [first]);
      const second = await other.write({ partition: 7, node: "b" }, first);
      assert.ok(second !== undefined && second.revision > first.revision);
      assert.deepEqual(await one.all(), [second]);
    },
  );

  check("lets one of two nodes have what both want, and tells the other", async ([one, other]) => {
    const wanted = await Promise.all([
      one.write({ partition: 0, node: "a" }, { revision: 0 }),
      other.write({ partition: 0, node: "b" }, { revision: 0 }),
    ]);
    const got = wanted.filter((lease) => lease !== undefined);
    assert.equal(got.length, 1);
    assert.deepEqual(await one.all(), got);
  });

  check(
    "refuses a write that names an older revision, or none where there is one",
    async ([one, other]) => {
      const first = await one.write({ partition: 1, node: "a" }, { revision: 0 });
      const second = await one.write({ partition: 1, node: "a" }, first!);
      assert.equal(await other.write({ partition: 1, node: "b" }, first!), undefined);
      assert.equal(await other.write({ partition: 1, node: "b" }, { revision: 0 }), undefined);
      assert.deepEqual(await other.all(), [second]);
    },
  );

  check(
    "keeps the leases of partitions apart, and one that was given back",
    async ([one, other]) => {
      const kept = await one.write({ partition: 2, node: "a" }, { revision: 0 });
      const taken = await one.write({ partition: 31, node: "a" }, { revision: 0 });
      const given = await one.write({ partition: 31, node: "" }, taken!);
      assert.equal(given?.node, "");
      const all = [...await other.all()].sort((a, b) => a.partition - b.partition);
      assert.deepEqual(all, [kept, given]);
    },
  );

  check(
    "tells every write of any node in the order of its partition, until it ends",
    async ([one, other]) => {
      const before = await one.write({ partition: 3, node: "a" }, { revision: 0 });
      const seen: Lease[] = [];
      const all = Promise.withResolvers<void>();
      const end = await other.watch((lease) => {
        seen.push(lease);
        if (lease.node === "last") all.resolve();
      });
      const written: (Lease | undefined)[] = [];
      let lease = before!;
      for (const [node, writer] of [["b", other], ["a", one], ["last", other]] as const) {
        lease = (await writer.write({ partition: 3, node }, lease))!;
        written.push(lease);
      }
      await all.promise;
      assert.deepEqual(seen, written);
      end();
      const later = Promise.withResolvers<void>();
      await other.watch(() => later.resolve());
      await one.write({ partition: 3, node: "b" }, lease);
      await later.promise;
      assert.deepEqual(seen, written);
    },
  );
}
