import assert from "node:assert/strict";
import { TransientError } from "../../../../actors/mod.ts";
import type { ThingKey } from "../../../../protocols/mqtt/mod.ts";
import { ScramVerifiers } from "../../../../protocols/mqtt/admission/scram_verifiers.ts";
import { Installation, THING_1, THING_2 } from "../installation.ts";

/** Verifiers whose keys are read when the test says so; every read is noted. */
function setUp() {
  const installation = new Installation();
  const { access, thingKeys } = installation;
  const asked: string[] = [];
  const gate = Promise.withResolvers<void>();
  const verifiers = new ScramVerifiers({
    access,
    thingKeys: {
      ...thingKeys,
      async keyOf(thingId): Promise<ThingKey | undefined> {
        asked.push(thingId);
        await gate.promise;
        return await installation.thingKeys.keyOf(thingId);
      },
    },
  });
  return { installation, verifiers, asked, open: gate.resolve };
}

Deno.test("mqtt scram verifiers: one is made once for each key, however often and at once it is asked for", async () => {
  const { installation, verifiers, asked, open } = setUp();
  const first = [1, 2, 3].map(() => verifiers.verifierOf(THING_1));
  open();
  const [one, ...others] = await Promise.all(first);
  assert.deepEqual([...others, await verifiers.verifierOf(THING_1)], [one, one, one]);
  assert.deepEqual(asked, [THING_1]);
  installation.thing(THING_1, { key: "new key" });
  assert.notDeepEqual((await verifiers.verifierOf(THING_1)).storedKey, one?.storedKey);
  assert.deepEqual(asked, [THING_1, THING_1]);
});

Deno.test("mqtt scram verifiers: a name that no thing has costs what a thing's does, and belongs to no key", async () => {
  const { verifiers, asked, open } = setUp();
  open();
  const [one, again, other] = [
    await verifiers.verifierOf("nobody"),
    await verifiers.verifierOf("nobody"),
    await verifiers.verifierOf("nobody else"),
  ];
  assert.equal(one.keyHash, undefined);
  assert.deepEqual(again, one);
  assert.notDeepEqual(other.storedKey, one.storedKey);
  assert.deepEqual(asked, ["nobody", "nobody else"]);
});

Deno.test("mqtt scram verifiers: few are made at once, many may wait, and one more is told to come back", async () => {
  const { verifiers, asked, open } = setUp();
  const under = Array.from({ length: 1_002 }, (_, n) => verifiers.verifierOf(`nobody ${n}`));
  assert.equal(asked.length, 2);
  await assert.rejects(verifiers.verifierOf("one too many"), TransientError);
  open();
  const made = await Promise.all(under);
  assert.equal(new Set(made.map(({ storedKey }) => storedKey.join())).size, 1_002);
  assert.equal(asked.length, 1_002);
  await verifiers.verifierOf("one that comes back");
});

Deno.test("mqtt scram verifiers: none is made of a key that is not the one that counts, and none is kept then", async () => {
  const { installation, verifiers, open } = setUp();
  open();
  const rows = [{
    ...THING,
    fields: { ...THING.fields, keyHash: "hash of one that is not stored" },
  }];
  installation.access.apply(rows, 100);
  await assert.rejects(verifiers.verifierOf(THING_2), TransientError);
  installation.thing(THING_2, { key: "new key" });
  assert.equal((await verifiers.verifierOf(THING_2)).keyHash, "hash of new key");
});

const THING = {
  kind: "thing" as const,
  domainId: "d",
  id: THING_2,
  fields: { status: "enabled", ownerId: "", shares: {}, connections: {} },
};
