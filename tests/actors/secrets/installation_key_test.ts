import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { openSecrets, UsageError } from "../../../actors/mod.ts";
import { type Open, type SecretsOptions, withNodes, writeKey } from "./folders.ts";

const PERSON = "a0000000-0000-4000-8000-000000000001";

function refused(open: () => unknown, said: RegExp): void {
  assert.throws(open, (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, said);
    return true;
  });
}

function filesIn(folder: string): ReadonlySet<string> {
  return new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
}

Deno.test("installation key: of a file it serves every folder, and is copied into none", async () => {
  await withNodes(({ folders, key, open }) => {
    const [one, two] = folders.map((folder) => open(folder, { installationKey: key }));
    assert.equal(two!.openThingKey(one!.sealThingKey("secret").sealed), "secret");
    assert.equal(two!.hashEmail("ann@example.com"), one!.hashEmail("ann@example.com"));
    assert.deepEqual(two!.tokenKey, one!.tokenKey);
    assert.deepEqual(two!.scramSalt("ann"), one!.scramSalt("ann"));
    assert.equal(two!.signingKeyPem, one!.signingKeyPem);
    for (const folder of folders) {
      assert.deepEqual(filesIn(folder), new Set(["vault.db", "vault.db-shm", "vault.db-wal"]));
    }
  });
});

Deno.test("installation key: is the same as bytes, as base64url, and as the folder's own file", async () => {
  await withNodes(({ folders, key, open }) => {
    const bytes = Deno.readFileSync(key);
    const { tokenKey } = open(folders[0]!, { installationKey: key });
    const text = Buffer.from(bytes).toString("base64url");
    for (const [n, written] of [text, `${text}\n`, `${text}=\r\n`].entries()) {
      writeKey(`${key}.${n}`, written);
      const { tokenKey: same } = open(folders[0]!, { installationKey: `${key}.${n}` });
      assert.deepEqual(same, tokenKey, JSON.stringify(written.slice(-3)));
    }
    writeKey(`${folders[1]}/installation-key`, bytes);
    assert.deepEqual(open(folders[1]!).tokenKey, tokenKey);
    assert.deepEqual(open(folders[1]!, { installationKey: key }).tokenKey, tokenKey);
  }, 2);
});

Deno.test("installation key: a file that cannot be the key is refused by the flag's name, and nothing is made", async () => {
  await withNodes(({ folders: [folder], key, open }) => {
    const given = (path: string) => () => open(folder!, { installationKey: path });
    const named = /^Cannot start with --installation-key '.*': /.source;
    refused(given(`${key}.none`), new RegExp(`${named}it must be a file that can be read`));
    refused(given(folder!), new RegExp(named));
    for (
      const content of [
        "",
        "short",
        "x".repeat(31),
        "x".repeat(33),
        "+/".repeat(22),
        "x".repeat(65),
      ]
    ) {
      writeKey(key, content);
      refused(given(key), new RegExp(`${named}it holds ${content.length} bytes, it must hold 32`));
    }
    writeKey(key);
    for (const mode of [0o604, 0o602, 0o644, 0o777]) {
      Deno.chmodSync(key, mode);
      refused(given(key), new RegExp(`${named}others may read or change it`));
    }
    assert.deepEqual(filesIn(folder!), new Set());
    for (const mode of [0o600, 0o400, 0o640, 0o440]) {
      Deno.chmodSync(key, mode);
      assert.equal(given(key)().tokenKey.length, 32);
    }
  });
});

Deno.test("installation key: a folder that holds another one keeps it, and refuses the file", async () => {
  await withNodes(({ folders: [folder], key, open }) => {
    open(folder!);
    const own = Deno.readFileSync(`${folder}/installation-key`);
    refused(() => open(folder!, { installationKey: key }), /is sealed under another one/);
    assert.deepEqual(Deno.readFileSync(`${folder}/installation-key`), own);
  });
});

Deno.test("installation key: a folder that was begun with a file is started with no other key", async () => {
  await withNodes(async ({ folders: [folder], key, open }) => {
    await begin(open, folder!, { installationKey: key });
    refused(() => open(folder!), /the key is not there; name it by --installation-key/);
    assert.ok(!filesIn(folder!).has("installation-key"));
    writeKey(`${key}.other`);
    assert.throws(
      () => open(folder!, { installationKey: `${key}.other` }),
      /sealed under another installation's key, the file beside it or --installation-key must/,
    );
    assert.ok(open(folder!, { installationKey: key }));
  });
});

async function begin(open: Open, folder: string, options: SecretsOptions): Promise<void> {
  await open(folder, options).sealPersonal(PERSON, { email: "ann@example.com" });
}

Deno.test("signing key: is the folder's own where an earlier version made one", async () => {
  await withNodes(({ folders: [folder], key, open }) => {
    const own = generateKeyPairSync("ed25519").privateKey
      .export({ type: "pkcs8", format: "pem" }).toString();
    Deno.writeTextFileSync(`${folder}/signing-key.pem`, own, { mode: 0o600 });
    assert.equal(open(folder!, { installationKey: key }).signingKeyPem, own);
    assert.equal(Deno.readTextFileSync(`${folder}/signing-key.pem`), own);
  });
});

Deno.test("signing key: of the same installation's key it is always the same", async () => {
  await withNodes(({ folders: [folder], key }) => {
    writeKey(key, new Uint8Array(32).fill(7));
    const { signingKeyPem, close } = openSecrets(folder!, { installationKey: key });
    close();
    assert.equal(createPrivateKey(signingKeyPem).asymmetricKeyType, "ed25519");
    // Computed once by other means (RFC 5869 and RFC 8032, written out in Python): a signer that
    // changes with a version could not be told from a forger.
    const publicKey = createPublicKey(signingKeyPem).export({ type: "spki", format: "der" });
    assert.equal(
      publicKey.toString("base64"),
      "MCowBQYDK2VwAyEAQcl1bbvG/xhLg+rh8Ki5JuoiBmbSO1ZedZYT+q9RHeU=",
    );
  });
});
