import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import {
  type EventStore,
  InvariantViolation,
  openPersons,
  type OpenSecrets,
  TerminalError,
  TransientError,
  UsageError,
  verifyStream,
} from "../../../actors/mod.ts";
import type { EsdbServer } from "../../support/esdb_server/mod.ts";
import { event } from "../event_store/events.ts";
import { openServed, openStore } from "../event_store/eventstoredb/opened.ts";
import { withNodes, writeKey } from "./folders.ts";

/** As many as a start publishes at once, and some more. */
const MANY = 150;

const personId = (n: number) => `a0000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const profile = (n: number) => ({ email: `person-${n}@example.com`, name: `Person ${n}` });
const ANN = personId(1);

interface Node {
  readonly folder: string;
  readonly key: string;
  readonly store: EventStore;
  readonly secrets: OpenSecrets;
}

interface Cluster {
  readonly key: string;
  readonly server: EsdbServer;
  /** Data folders that no node uses yet. */
  readonly folders: readonly string[];
  /** On a connection of its own, as a process has. */
  node(folder: string, key?: string): Promise<Node>;
}

async function withCluster(run: (cluster: Cluster) => Promise<void>): Promise<void> {
  const { server, store: first, close } = await openServed();
  const stores: EventStore[] = [];
  try {
    await first.lastPosition();
    await withNodes(({ folders, key, open }) =>
      run({
        key,
        server,
        folders,
        async node(folder, installationKey = key) {
          const store = await openStore(server);
          stores.push(store);
          const secrets = open(folder, { installationKey, sharedLog: store });
          return { folder, key: installationKey, store, secrets };
        },
      }), 3);
  } finally {
    for (const store of stores) await store.close();
    await close();
  }
}

/** What this node opens, once it has looked for the person's key. */
async function opened({ secrets }: Node, userId: string, sealed: string): Promise<unknown> {
  await secrets.learnPersons([userId]);
  return secrets.openPersonal(userId, sealed);
}

/** A vault as the first version made it, with the keys that this one holds. */
function asFirstVersion(folder: string): void {
  const vault = new DatabaseSync(`${folder}/vault.db`);
  vault.exec(`
    DROP TABLE erasures;
    ALTER TABLE personal_keys RENAME TO newer;
    CREATE TABLE personal_keys (user_id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
    INSERT INTO personal_keys SELECT user_id, wrapped FROM newer;
    DROP TABLE newer;
  `);
  vault.close();
}

function forgetPublished(folder: string): void {
  const vault = new DatabaseSync(`${folder}/vault.db`);
  vault.exec("UPDATE personal_keys SET shared = 0");
  vault.close();
}

Deno.test("shared persons: what one node sealed, another one reads, before and after a restart", () =>
  withCluster(async ({ folders, node }) => {
    const [one, two] = [await node(folders[0]!), await node(folders[1]!)];
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    assert.equal(two.secrets.openPersonal(ANN, sealed), undefined, "nobody has looked for it");
    assert.deepEqual(await opened(two, ANN, sealed), profile(1));
    const answer = await two.secrets.sealPersonal(ANN, profile(2));
    assert.deepEqual(one.secrets.openPersonal(ANN, answer), profile(2));
    assert.deepEqual((await node(folders[1]!)).secrets.openPersonal(ANN, sealed), profile(1));
    assert.equal((await one.store.readStream(`personal-${ANN}`, { limit: 10 })).length, 1);
  }));

Deno.test("shared persons: nodes that make the same person's key at once come to one", () =>
  withCluster(async ({ folders, node }) => {
    const nodes = await Promise.all(folders.map((folder) => node(folder)));
    for (let round = 0; round < 20; round++) {
      const userId = personId(round);
      const sealed = await Promise.all(
        [...nodes, ...nodes].map(({ secrets }, n) => secrets.sealPersonal(userId, profile(n))),
      );
      for (const reader of nodes) {
        for (const [n, text] of sealed.entries()) {
          assert.deepEqual(await opened(reader, userId, text), profile(n));
        }
      }
    }
  }));

Deno.test("shared persons: the key in the log is wrapped, and opens under the installation's key alone", () =>
  withCluster(async ({ folders, node, server, key }) => {
    const [one] = [await node(folders[0]!)];
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    const [made] = await one.store.readStream(`personal-${ANN}`, { limit: 1 });
    assert.equal(made!.type, "PersonKeyMade");
    const { wrapped } = made!.data as { wrapped: string };
    assert.match(wrapped, /^[A-Za-z0-9_-]+$/);
    // Nonce (12), key (32) and tag (16).
    assert.equal(Buffer.from(wrapped, "base64url").length, 60);
    assert.ok(!JSON.stringify(server.log.events).includes(profile(1).email));
    writeKey(`${key}.other`);
    const stranger = await node(folders[1]!, `${key}.other`);
    await assert.rejects(
      opened(stranger, ANN, sealed),
      (error) =>
        error instanceof InvariantViolation && /another installation's key/.test(error.message),
    );
  }));

Deno.test("shared persons: nothing is sealed under a key that the log did not take", () =>
  withCluster(async ({ folders, node, server }) => {
    const [one, two] = [await node(folders[0]!), await node(folders[1]!)];
    server.faults.answersDropped = 1;
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    assert.deepEqual(await opened(two, ANN, sealed), profile(1), "stored, and never answered");
    await one.store.close();
    await assert.rejects(one.secrets.sealPersonal(personId(2), profile(2)), TransientError);
    const vault = new DatabaseSync(`${one.folder}/vault.db`, { readOnly: true });
    const rows = vault.prepare("SELECT user_id FROM personal_keys").all();
    vault.close();
    assert.deepEqual(rows.map(({ user_id }) => user_id), [ANN]);
  }));

Deno.test("shared persons: a log that cannot be read makes nobody look erased", () =>
  withCluster(async ({ folders, node }) => {
    const [one, two] = [await node(folders[0]!), await node(folders[1]!)];
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    await two.store.close();
    await assert.rejects(two.secrets.learnPersons([ANN]), TransientError);
    assert.deepEqual(await opened(await node(folders[1]!), ANN, sealed), profile(1));
  }));

Deno.test("shared persons: a vault of the first version is upgraded where it lies, and published", () =>
  withCluster(async ({ folders: [old, other], node, key }) => {
    const alone = await withoutLog(old!, key, async (secrets) => {
      const sealed: string[] = [];
      for (let n = 0; n < MANY; n++) {
        sealed.push(await secrets.sealPersonal(personId(n), profile(n)));
      }
      return sealed;
    });
    asFirstVersion(old!);
    const one = await node(old!);
    await one.secrets.sharing!.publish();
    const two = await node(other!);
    await two.secrets.learnPersons(alone.map((_, n) => personId(n)));
    for (const [n, sealed] of alone.entries()) {
      for (const { secrets } of [one, two]) {
        assert.deepEqual(secrets.openPersonal(personId(n), sealed), profile(n));
      }
    }
  }));

async function withoutLog<T>(
  folder: string,
  installationKey: string,
  run: (secrets: OpenSecrets) => Promise<T>,
): Promise<T> {
  let result: T | undefined;
  await withNodes(async ({ open }) => {
    result = await run(open(folder, { installationKey }));
  });
  return result!;
}

Deno.test("shared persons: publishing that was cut off is repeated, and changes nothing", () =>
  withCluster(async ({ folders, node, server }) => {
    const one = await node(folders[0]!);
    await one.secrets.sharing!.publish();
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    const before = server.log.events.length;
    for (let round = 0; round < 2; round++) {
      forgetPublished(folders[0]!);
      await one.secrets.sharing!.publish();
    }
    assert.equal(server.log.events.length, before);
    assert.deepEqual(await opened(await node(folders[1]!), ANN, sealed), profile(1));
  }));

Deno.test("shared persons: a key that differs from the log's stops the start, and both stay", () =>
  withCluster(async ({ folders: [old, other], node, key }) => {
    const sealed = await withoutLog(old!, key, (secrets) => secrets.sealPersonal(ANN, profile(1)));
    const theirs = await (await node(other!)).secrets.sealPersonal(ANN, profile(2));
    const one = await node(old!);
    await assert.rejects(
      one.secrets.sharing!.publish(),
      (error) => error instanceof InvariantViolation && error.message.includes(ANN),
    );
    assert.deepEqual(one.secrets.openPersonal(ANN, sealed), profile(1));
    assert.deepEqual(await opened(await node(other!), ANN, theirs), profile(2));
  }));

Deno.test("shared persons: a log says whose key it was begun with, and takes no node with another", () =>
  withCluster(async ({ folders, node, key }) => {
    const one = await node(folders[0]!);
    const refused = (check: Promise<void>, said: RegExp) =>
      assert.rejects(check, (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, said);
        return true;
      });
    await refused(one.secrets.sharing!.check(), /does not name its installation's key yet/);
    await one.secrets.sharing!.publish();
    await one.secrets.sharing!.check();
    await (await node(folders[1]!)).secrets.sharing!.check();
    writeKey(`${key}.other`);
    const stranger = await node(folders[2]!, `${key}.other`);
    await refused(stranger.secrets.sharing!.check(), /--installation-key must name that one/);
    await refused(stranger.secrets.sharing!.publish(), /--installation-key must name that one/);
    await one.secrets.sharing!.publish();
  }));

Deno.test("shared persons: of nodes that begin a log at once with two keys, one is refused", () =>
  withCluster(async ({ folders, node, key }) => {
    writeKey(`${key}.other`);
    const nodes = [await node(folders[0]!), await node(folders[1]!, `${key}.other`)];
    const begun = await Promise.allSettled(nodes.map(({ secrets }) => secrets.sharing!.publish()));
    assert.deepEqual(begun.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  }));

Deno.test("shared persons: an erased person is read by no node, and never sealed again", () =>
  withCluster(async ({ folders, node }) => {
    const [one, two] = [await node(folders[0]!), await node(folders[1]!)];
    const stream = `user-${ANN}`;
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    await one.store.append(stream, [event({ personal: sealed })], {
      expectedRevision: "no_stream",
    });
    await two.secrets.learnPersons([ANN]);
    const other = await two.secrets.sealPersonal(personId(2), profile(2));
    for (let round = 0; round < 2; round++) await one.secrets.erasePerson(ANN);
    assert.equal(one.secrets.openPersonal(ANN, sealed), undefined);
    const follower = openPersons(two.folder, { installationKey: two.key, log: two.store });
    follower.eraseThrough([ANN], 7);
    assert.equal(follower.erasedThrough(), 7);
    follower.close();
    const late = await node(folders[2]!);
    for (const reader of [one, two, late]) {
      assert.equal(await opened(reader, ANN, sealed), undefined);
      assert.deepEqual(await opened(reader, personId(2), other), profile(2));
      await assert.rejects(reader.secrets.sealPersonal(ANN, profile(1)), TerminalError);
    }
    const left = await one.store.readStream(`personal-${ANN}`, { limit: 10 });
    assert.deepEqual(left.map(({ type }) => type), ["PersonErased"], "a scavenge keeps this one");
    const events = await one.store.readStream(stream, { limit: 10, stored: true });
    assert.equal("what" in verifyStream(events), false);
  }));

Deno.test("shared persons: nodes that erase and seal the same person at once end with an erased one", () =>
  withCluster(async ({ folders, node }) => {
    const nodes = await Promise.all(folders.map((folder) => node(folder)));
    for (let round = 0; round < 10; round++) {
      const userId = personId(round);
      const [sealed] = await Promise.allSettled([
        nodes[0]!.secrets.sealPersonal(userId, profile(1)),
        nodes[1]!.secrets.erasePerson(userId),
        nodes[2]!.secrets.erasePerson(userId),
      ]);
      if (sealed.status === "rejected") assert.ok(sealed.reason instanceof TerminalError);
      const left = await nodes[0]!.store.readStream(`personal-${userId}`, { limit: 10 });
      assert.deepEqual(left.map(({ type }) => type), ["PersonErased"]);
    }
  }));

Deno.test("persons: an erased key is in no byte of the vault's files, on a node alone too", async () => {
  await withNodes(async ({ folders: [folder], open }) => {
    const secrets = open(folder!);
    const sealed = await secrets.sealPersonal(ANN, profile(1));
    const vault = new DatabaseSync(`${folder}/vault.db`, { readOnly: true });
    const { wrapped } = vault.prepare("SELECT wrapped FROM personal_keys").get()! as {
      wrapped: Uint8Array;
    };
    vault.close();
    const holding = () =>
      [...Deno.readDirSync(folder!)].filter(({ name }) =>
        Buffer.from(Deno.readFileSync(`${folder}/${name}`)).includes(wrapped)
      ).length;
    assert.ok(holding() > 0);
    await secrets.erasePerson(ANN);
    assert.equal(holding(), 0);
    assert.equal(secrets.openPersonal(ANN, sealed), undefined);
    await assert.rejects(secrets.sealPersonal(ANN, profile(1)), TerminalError);
  });
});
