import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import {
  InvariantViolation,
  type OpenSecrets,
  TransientError,
  UsageError,
} from "../../../actors/mod.ts";
import { ANN, opened, personId, profile, withCluster } from "./cluster.ts";
import { withNodes, writeKey } from "./folders.ts";

/** As many as a start publishes at once, and some more. */
const MANY = 150;

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
