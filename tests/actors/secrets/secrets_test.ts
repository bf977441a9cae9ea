import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import {
  InvariantViolation,
  openInlineEventStore,
  openSecrets,
  type Secrets,
  verifyStream,
} from "../../../actors/mod.ts";
import { event } from "../event_store/events.ts";

const ALICE = "a0000000-0000-4000-8000-000000000001";
const BOB = "a0000000-0000-4000-8000-000000000002";
const PROFILE = { email: "alice@example.com", name: "Alice", metadata: { city: "Ålesund" } };
const KEY = "a thing's key";

/** Opens the secrets of a folder as often as it is told to; all of it goes afterwards. */
async function withFolder(
  run: (folder: string, open: () => Secrets & { close(): void }) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const opened: { close(): void }[] = [];
  const open = () => {
    const secrets = openSecrets(folder);
    opened.push(secrets);
    return secrets;
  };
  try {
    await run(folder, open);
  } finally {
    for (const secrets of opened) secrets.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function namedError(error: unknown): boolean {
  return error instanceof InvariantViolation && !error.message.includes(KEY) &&
    /altered or sealed under another installation's key/.test(error.message);
}

Deno.test("secrets: a thing's key is sealed and opened again, whatever it holds", async () => {
  await withFolder((_, open) => {
    const secrets = open();
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (key) => {
      assert.equal(secrets.openThingKey(secrets.sealThingKey(key).sealed), key);
    }));
  });
});

Deno.test("secrets: the same key never seals to the same text, and its hash never differs", async () => {
  await withFolder((_, open) => {
    const secrets = open();
    const [one, two] = [secrets.sealThingKey(KEY), secrets.sealThingKey(KEY)];
    assert.notEqual(one.sealed, two.sealed);
    assert.equal(one.hash, two.hash);
    assert.equal(secrets.hashThingKey(KEY), one.hash);
    assert.notEqual(secrets.hashThingKey(`${KEY}.`), one.hash);
  });
});

Deno.test("secrets: neither the seal nor the hash shows the key, nor an unkeyed hash of it", async () => {
  await withFolder((_, open) => {
    const { sealed, hash } = open().sealThingKey(KEY);
    const bare = createHash("sha256").update(KEY).digest("base64url");
    for (const shown of [sealed, hash]) {
      assert.match(shown, /^[A-Za-z0-9_-]+$/);
      assert.ok(!shown.includes(bare));
      assert.ok(!Buffer.from(shown, "base64url").toString("utf8").includes(KEY));
    }
  });
});

Deno.test("secrets: what one installation sealed is opened after a restart, and by no other", async () => {
  await withFolder(async (_, open) => {
    const { sealed, hash } = open().sealThingKey(KEY);
    const again = open();
    assert.equal(again.openThingKey(sealed), KEY);
    assert.equal(again.hashThingKey(KEY), hash);
    await withFolder((__, openOther) => {
      const other = openOther();
      assert.throws(() => other.openThingKey(sealed), namedError);
      assert.notEqual(other.hashThingKey(KEY), hash);
    });
  });
});

Deno.test("secrets: a seal that was altered, cut or made up is refused with a named error", async () => {
  await withFolder((_, open) => {
    const secrets = open();
    const sealed = Buffer.from(secrets.sealThingKey(KEY).sealed, "base64url");
    for (let at = 0; at < sealed.length; at++) {
      const altered = Buffer.from(sealed);
      altered[at]! ^= 1;
      assert.throws(() => secrets.openThingKey(altered.toString("base64url")), namedError);
      const cut = sealed.subarray(0, at).toString("base64url");
      assert.throws(() => secrets.openThingKey(cut), namedError, `cut to ${at} bytes`);
    }
    fc.assert(fc.property(fc.string(), (text) => {
      assert.throws(() => secrets.openThingKey(text), namedError);
    }));
  });
});

Deno.test("secrets: an e-mail address is recognised in any case, and not as a thing's key", async () => {
  await withFolder((_, open) => {
    const secrets = open();
    assert.equal(secrets.hashEmail("Alice@Example.com"), secrets.hashEmail("alice@example.com"));
    assert.notEqual(secrets.hashEmail(KEY), secrets.hashThingKey(KEY));
  });
});

Deno.test("secrets: the salt of a name is the same at every start, and of this installation alone", async () => {
  await withFolder(async (_, open) => {
    const salt = open().scramSalt(ALICE);
    assert.equal(salt.length, 16);
    assert.deepEqual(open().scramSalt(ALICE), salt);
    assert.notDeepEqual(open().scramSalt(BOB), salt);
    await withFolder((_, openOther) => assert.notDeepEqual(openOther().scramSalt(ALICE), salt));
  });
});

Deno.test("secrets: a person's profile is read back under their own id alone", async () => {
  await withFolder(async (_, open) => {
    const secrets = open();
    const sealed = await secrets.sealPersonal(ALICE, PROFILE);
    assert.ok(!Buffer.from(sealed, "base64url").toString("utf8").includes("alice"));
    assert.deepEqual(secrets.openPersonal(ALICE, sealed), PROFILE);
    assert.equal(secrets.openPersonal(BOB, sealed), undefined, "there is no key of Bob's");
    await secrets.sealPersonal(BOB, { email: "bob@example.com" });
    assert.throws(() => secrets.openPersonal(BOB, sealed), namedError);
    assert.deepEqual(open().openPersonal(ALICE, sealed), PROFILE, "after a restart too");
  });
});

Deno.test("secrets: without their key a person cannot be read any more, and the chain still verifies", async () => {
  await withFolder(async (folder, open) => {
    const secrets = open();
    const store = openInlineEventStore({ path: ":memory:" });
    const stream = `user-${ALICE}`;
    const personal = await secrets.sealPersonal(ALICE, PROFILE);
    await store.append(stream, [event({ personal }), event({ personal })], {
      expectedRevision: "no_stream",
    });
    const bobs = await secrets.sealPersonal(BOB, { email: "bob@example.com" });
    const vault = new DatabaseSync(`${folder}/vault.db`);
    vault.prepare("DELETE FROM personal_keys WHERE user_id = ?").run(ALICE);
    vault.close();
    for (const reader of [secrets, open()]) {
      assert.equal(reader.openPersonal(ALICE, personal), undefined);
      assert.deepEqual(reader.openPersonal(BOB, bobs), { email: "bob@example.com" });
    }
    const events = await store.readStream(stream, { limit: 10, stored: true });
    assert.deepEqual(verifyStream(events), { revision: 1, hash: events[1]!.hash });
    await store.close();
  });
});

Deno.test("secrets: every file of them is readable by its owner only, whatever the umask", async () => {
  const umask = Deno.umask(0);
  try {
    await withFolder(async (folder, open) => {
      await open().sealPersonal(ALICE, PROFILE);
      const modes = [...Deno.readDirSync(folder)].map(({ name }) => [
        name,
        (Deno.statSync(`${folder}/${name}`).mode! & 0o777).toString(8),
      ]);
      assert.deepEqual(
        new Set(modes.map(([name]) => name)),
        new Set([
          "installation-key",
          "vault.db",
          "vault.db-shm",
          "vault.db-wal",
        ]),
      );
      for (const [name, mode] of modes) assert.equal(mode, "600", `${name}`);
    });
  } finally {
    Deno.umask(umask);
  }
});

Deno.test("secrets: no file of them holds a person's key in clear", async () => {
  await withFolder(async (folder, open) => {
    const secrets = open();
    const one = Buffer.from(await secrets.sealPersonal(ALICE, PROFILE), "base64url");
    const vault = new DatabaseSync(`${folder}/vault.db`);
    const row = vault.prepare("SELECT wrapped FROM personal_keys").get();
    vault.close();
    // Nonce (12), key (32) and tag (16).
    assert.equal((row?.["wrapped"] as Uint8Array).length, 60);
    assert.ok(one.length > 28);
  });
});

Deno.test("secrets: another installation's key in the folder stops the start, and says so", async () => {
  await withFolder(async (folder, open) => {
    await open().sealPersonal(ALICE, PROFILE);
    Deno.writeFileSync(`${folder}/installation-key`, crypto.getRandomValues(new Uint8Array(32)));
    assert.throws(open, namedError);
  });
});

Deno.test("secrets: a damaged installation key stops the start, and nothing is written over it", async () => {
  await withFolder((folder, open) => {
    open();
    Deno.writeFileSync(`${folder}/installation-key`, new Uint8Array(31));
    assert.throws(
      open,
      (error) =>
        error instanceof InvariantViolation &&
        /installation-key': it has 31 bytes, 32 are needed/.test(error.message),
    );
    assert.equal(Deno.readFileSync(`${folder}/installation-key`).length, 31);
  });
});

Deno.test("secrets: a damaged vault or signing key stops the start, naming the file, and stays as it is", async () => {
  const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    .export({ type: "pkcs8", format: "pem" }).toString();
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["vault.db", "damaged ".repeat(2_000), /vault\.db': the file is damaged/],
    ["signing-key.pem", "damaged", /signing-key\.pem': it must be a private key in PEM/],
    ["signing-key.pem", "", /signing-key\.pem': it must be a private key in PEM/],
    ["signing-key.pem", foreign, /signing-key\.pem': it must be a key for Ed25519/],
  ];
  for (const [name, content, said] of cases) {
    await withFolder((folder, open) => {
      openSecrets(folder).close();
      Deno.writeTextFileSync(`${folder}/${name}`, content);
      assert.throws(
        open,
        (error) => error instanceof InvariantViolation && said.test(error.message),
      );
      assert.equal(Deno.readTextFileSync(`${folder}/${name}`), content);
    });
  }
});

Deno.test("secrets: tokens, seals and hashes have keys of their own, and signatures a public one", async () => {
  await withFolder((folder, open) => {
    const secrets = open();
    const master = Deno.readFileSync(`${folder}/installation-key`);
    assert.equal(secrets.tokenKey.length, 32);
    assert.notDeepEqual(secrets.tokenKey, master);
    const text = Buffer.from("signed");
    const signature = sign(null, text, secrets.signingKeyPem);
    assert.ok(verify(null, text, createPublicKey(secrets.signingKeyPem), signature));
    const again = open();
    assert.deepEqual(again.tokenKey, secrets.tokenKey);
    assert.equal(again.signingKeyPem, secrets.signingKeyPem);
  });
});
