import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import {
  ConcurrencyConflict,
  type EventStore,
  openPersons,
  openSecrets,
  TerminalError,
  verifyStream,
} from "../../../actors/mod.ts";
import { event } from "../event_store/events.ts";
import { ANN, opened, personId, profile, withCluster } from "./cluster.ts";
import { withNodes } from "./folders.ts";

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

Deno.test("shared persons: an erasure that others overtake ten times is given up, and may be repeated", () =>
  withCluster(async ({ folders, node, key }) => {
    const one = await node(folders[0]!);
    const sealed = await one.secrets.sealPersonal(ANN, profile(1));
    let appends = 0;
    const overtaken: EventStore = {
      ...one.store,
      append(stream) {
        appends++;
        return Promise.reject(new ConcurrencyConflict(`others wrote '${stream}'`));
      },
    };
    const erasing = openSecrets(folders[1]!, { installationKey: key, sharedLog: overtaken });
    await assert.rejects(
      erasing.erasePerson(ANN),
      (error) => error instanceof ConcurrencyConflict && error.message.includes(`'${ANN}'`),
    );
    erasing.close();
    assert.equal(appends, 10);
    assert.deepEqual(one.secrets.openPersonal(ANN, sealed), profile(1));
    await one.secrets.erasePerson(ANN);
    assert.equal(one.secrets.openPersonal(ANN, sealed), undefined);
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
