import assert from "node:assert/strict";
import { type AccessChange, InMemoryAccessIndex } from "../../../projections/mod.ts";
import { CHANNEL, OWNER, START_MS, THING, thingCreated, userCreated } from "../log.ts";
import { channel, hashOf, thing, user, withConnection, withIndex } from "./indexed.ts";

const GUEST = "a0000000-0000-4000-8000-000000000002";
const SECOND_THING = "70000000-0000-4000-8000-000000000002";

function keyChanged(key: string) {
  return {
    type: "ThingKeyChanged",
    data: { key: { sealed: "sealed", hash: hashOf(key) } },
  } as const;
}

Deno.test("access: a thing is found by its key, also while it is disabled", () =>
  withConnection(async ({ index, tell }) => {
    assert.equal(index.thingByKey("key")?.id, THING);
    assert.equal(index.thingByKey("Key"), undefined);
    assert.equal(index.thingByKey(""), undefined);
    await tell([thing, { type: "ThingDisabled", data: {} }]);
    assert.equal(index.thingByKey("key")?.enabled, false);
  }));

Deno.test("access: a key is found by its keyed hash alone, which is made once for a key that is in use", () => {
  const hashed: string[] = [];
  const index = new InMemoryAccessIndex({
    hashKey(key) {
      hashed.push(key);
      return hashOf(key);
    },
  });
  const fields = { status: "enabled", ownerId: OWNER, shares: {}, keyHash: hashOf("key") };
  index.apply([{ kind: "thing", domainId: "d", id: THING, fields }], 1);
  for (let i = 0; i < 3; i++) assert.equal(index.thingByKey("key")?.id, THING);
  assert.deepEqual(hashed, ["key"]);
  // A guess is never remembered: guesses could fill the memory.
  for (let i = 0; i < 3; i++) assert.equal(index.thingByKey("guess"), undefined);
  assert.deepEqual(hashed, ["key", "guess", "guess", "guess"]);
});

Deno.test("access: no key lies in the read model, in clear or sealed", () =>
  withConnection(({ store }) => {
    const text = JSON.stringify(store.rows());
    assert.ok(text.includes(hashOf("key")));
    assert.ok(!text.includes("sealed"));
    assert.ok(!text.includes("$argon2id"));
    return Promise.resolve();
  }));

Deno.test("access: after a rotation the new key holds and the old one does not, and listeners hear of it", () =>
  withConnection(async ({ index, tell }) => {
    const heard: AccessChange[] = [];
    index.onChange((change) => heard.push(change));
    assert.equal(index.thingByKey("key")?.id, THING);
    await tell([thing, keyChanged("new key")]);
    assert.equal(index.thingByKey("key"), undefined);
    assert.equal(index.thingByKey("new key")?.id, THING);
    assert.deepEqual(heard, [{ kind: "thing", id: THING, keyChanged: true }]);
    await tell([thing, { type: "ThingUpdated", data: { name: "other" } }]);
    assert.deepEqual(heard.at(-1), { kind: "thing", id: THING, keyChanged: false });
    assert.equal(index.thingByKey("new key")?.id, THING);
  }));

Deno.test("access: a removal is a change of the key too, so that open connections end", () =>
  withConnection(async ({ index, tell }) => {
    const heard: AccessChange[] = [];
    index.onChange((change) => heard.push(change));
    await tell([thing, { type: "ThingRemoved", data: {} }]);
    assert.deepEqual(heard, [{ kind: "thing", id: THING, keyChanged: true }]);
  }));

Deno.test("access: a key that one thing gave up may be another's, in the same page too", () =>
  withConnection(async ({ index, tell }) => {
    const second = `thing-${SECOND_THING}`;
    await tell([second, thingCreated({ key: { sealed: "s", hash: hashOf("second") } })]);
    await tell(
      [second, keyChanged("in between")],
      [thing, keyChanged("third")],
      [second, keyChanged("key")],
    );
    assert.equal(index.thingByKey("key")?.id, SECOND_THING);
    assert.equal(index.thingByKey("third")?.id, THING);
    assert.equal(index.thingByKey("second"), undefined);
  }));

Deno.test("access: a thing is found by the certificates that are bound to it, until they are unbound", () =>
  withConnection(async ({ index, tell }) => {
    const [first, next] = ["a".repeat(64), "b".repeat(64)];
    assert.equal(index.thingByCertificate(first), undefined);
    await tell([thing, { type: "ThingCertificateBound", data: { fingerprint: first } }]);
    assert.equal(index.thingByCertificate(first)?.id, THING);
    await tell(
      [thing, { type: "ThingCertificateBound", data: { fingerprint: next } }],
      [thing, { type: "ThingCertificateUnbound", data: { fingerprint: first } }],
    );
    assert.equal(index.thingByCertificate(first), undefined);
    assert.equal(index.thingByCertificate(next)?.id, THING);
    assert.deepEqual(index.thing(THING)!.certificates, [next]);
    await tell([thing, { type: "ThingRemoved", data: {} }]);
    assert.equal(index.thingByCertificate(next), undefined);
  }));

Deno.test("access: a certificate that one thing gave up may be another's, in the same page too", () =>
  withConnection(async ({ index, tell }) => {
    const second = `thing-${SECOND_THING}`;
    const fingerprint = "a".repeat(64);
    await tell([second, thingCreated({ key: { sealed: "s", hash: hashOf("second") } })]);
    await tell([thing, { type: "ThingCertificateBound", data: { fingerprint } }]);
    await tell(
      [second, { type: "ThingUpdated", data: { name: "first of its page" } }],
      [thing, { type: "ThingCertificateUnbound", data: { fingerprint } }],
      [second, { type: "ThingCertificateBound", data: { fingerprint } }],
    );
    assert.equal(index.thingByCertificate(fingerprint)?.id, SECOND_THING);
  }));

Deno.test("access: knows who owns and who shares, until a share is taken back", () =>
  withConnection(async ({ index, tell }) => {
    assert.equal(index.thing(THING)!.ownerId, OWNER);
    assert.deepEqual(index.thing(THING)!.shares, {});
    await tell(
      [thing, { type: "ThingShared", data: { userId: GUEST, policies: ["read"] } }],
      [channel, { type: "ChannelShared", data: { userId: GUEST, policies: ["read", "write"] } }],
    );
    assert.deepEqual(index.thing(THING)!.shares, { [GUEST]: ["read"] });
    assert.deepEqual(index.channel(CHANNEL)!.shares, { [GUEST]: ["read", "write"] });
    await tell(
      [thing, { type: "ThingShared", data: { userId: GUEST, policies: ["write"] } }],
      [channel, { type: "ChannelUnshared", data: { userId: GUEST } }],
      [thing, { type: "ThingOwnerChanged", data: { ownerId: GUEST } }],
      [channel, { type: "ChannelOwnerChanged", data: { ownerId: GUEST } }],
    );
    assert.deepEqual(index.thing(THING)!.shares, { [GUEST]: ["write"] });
    assert.deepEqual(index.channel(CHANNEL)!.shares, {});
    assert.equal(index.thing(THING)!.ownerId, GUEST);
    assert.equal(index.channel(CHANNEL)!.ownerId, GUEST);
  }));

Deno.test("access: knows a user's role, state and keys", () =>
  withConnection(async ({ index, tell }) => {
    const heard: AccessChange[] = [];
    index.onChange((change) => heard.push(change));
    await tell(
      [user, { type: "UserRoleChanged", data: { role: "admin" } }],
      [user, { type: "UserDisabled", data: {} }],
      [user, { type: "ApiKeyIssued", data: { keyId: "a", issuedAtMs: 1, expiresAtMs: 2 } }],
      [user, { type: "ApiKeyIssued", data: { keyId: "b", issuedAtMs: 1 } }],
      [user, { type: "ApiKeyRevoked", data: { keyId: "b" } }],
    );
    const { role, enabled, apiKeys, tokensValidFromMs } = index.user(OWNER)!;
    assert.deepEqual([role, enabled, tokensValidFromMs], ["admin", false, 0]);
    assert.deepEqual(Object.keys(apiKeys), ["a"]);
    assert.equal(apiKeys["a"]!.expiresAtMs, 2);
    assert.deepEqual(heard, [{ kind: "user", id: OWNER }]);
    await tell([user, { type: "UserEnabled", data: {} }]);
    assert.equal(index.user(OWNER)!.enabled, true);
  }));

Deno.test("access: a new password voids the tokens from before it", () =>
  withConnection(async ({ index, tell }) => {
    await tell([user, { type: "UserPasswordChanged", data: { passwordHash: "$argon2id$new" } }]);
    // The sixth event of a log that counts a second for each.
    assert.equal(index.user(OWNER)!.tokensValidFromMs, START_MS + 6_000);
  }));

Deno.test("access: a user is found by the hash of the address, the newest one only", () =>
  withConnection(async ({ index, tell }) => {
    assert.equal(index.userByEmailHash("hash of email")?.id, OWNER);
    await tell([user, { type: "UserEmailChanged", data: { emailHash: "new", personal: "p" } }]);
    assert.equal(index.userByEmailHash("hash of email"), undefined);
    assert.equal(index.userByEmailHash("new")?.id, OWNER);
  }));

Deno.test("access: an address that one user gave up may be another's, in the same page too", () =>
  withIndex(async ({ index, tell }) => {
    const guest = `user-${GUEST}`;
    const moved = (emailHash: string) =>
      ({ type: "UserEmailChanged", data: { emailHash, personal: "p" } }) as const;
    await tell(
      [user, userCreated({ emailHash: "first" })],
      [guest, userCreated({ userId: GUEST, emailHash: "second" })],
    );
    await tell([guest, moved("third")], [user, moved("fourth")], [guest, moved("first")]);
    assert.equal(index.userByEmailHash("first")?.id, GUEST);
    assert.equal(index.userByEmailHash("fourth")?.id, OWNER);
    assert.equal(index.userByEmailHash("second"), undefined);
    assert.equal(index.userByEmailHash("third"), undefined);
  }));

Deno.test("access: an index that is filled from the rows answers as one that followed", () =>
  withConnection(async ({ index, store, tell }) => {
    await tell(
      [thing, keyChanged("new key")],
      [thing, { type: "ThingShared", data: { userId: GUEST, policies: ["read"] } }],
      [channel, { type: "ChannelDisabled", data: {} }],
      [user, { type: "ApiKeyIssued", data: { keyId: "a", issuedAtMs: 1 } }],
    );
    const filled = new InMemoryAccessIndex({ hashKey: hashOf });
    filled.apply(store.rows(), await store.checkpoint());
    assert.deepEqual(filled.thing(THING), index.thing(THING));
    assert.deepEqual(filled.channel(CHANNEL), index.channel(CHANNEL));
    assert.deepEqual(filled.user(OWNER), index.user(OWNER));
    assert.deepEqual(filled.thingByKey("new key"), index.thingByKey("new key"));
    assert.equal(filled.position, index.position);
  }));
