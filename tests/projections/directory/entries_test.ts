import assert from "node:assert/strict";
import {
  CHANNEL,
  channelCreated,
  DOMAIN,
  domainCreated,
  OTHER_DOMAIN,
  OWNER,
  START_MS,
  THING,
  thingCreated,
  userCreated,
} from "../log.ts";
import { sealed, withDirectory } from "./house.ts";

const thing = `thing-${THING}`;
const channel = `channel-${CHANNEL}`;
const user = `user-${OWNER}`;
const GUEST = "a0000000-0000-4000-8000-000000000002";
const KEY = { sealed: "sealed", hash: "hash of key" };

Deno.test("directory: shows an entity as its events left it, with who changed it and when", () =>
  withDirectory(async ({ queries, tell }) => {
    const metadata = { site: { floor: 2 } };
    await tell(
      [thing, thingCreated({ name: "pump", metadata, tags: ["red"] })],
      [thing, { type: "ThingUpdated", data: { name: "pump, moved" } }, {
        principal: { kind: "user", id: GUEST },
      }],
    );
    assert.deepEqual(queries.get("thing", THING), {
      kind: "thing",
      id: THING,
      domainId: DOMAIN,
      createdMs: START_MS + 1_000,
      updatedMs: START_MS + 2_000,
      updatedBy: GUEST,
      position: 2,
      fields: {
        ownerId: OWNER,
        name: "pump, moved",
        metadata,
        tags: ["red"],
        key: KEY,
        shares: {},
        status: "enabled",
      },
    });
    assert.equal(queries.get("channel", THING), undefined);
    assert.equal(queries.get("thing", CHANNEL), undefined);
  }));

Deno.test("directory: an update replaces what it names as a whole, and leaves the rest", () =>
  withDirectory(async ({ queries, tell }) => {
    await tell(
      [channel, channelCreated({ metadata: { a: 1, b: 2 }, tags: ["x"], parentId: THING })],
      [channel, { type: "ChannelUpdated", data: { metadata: { c: 3 } } }],
    );
    const { fields } = queries.get("channel", CHANNEL)!;
    assert.deepEqual(fields["metadata"], { c: 3 });
    assert.deepEqual(fields["tags"], ["x"]);
    assert.equal(fields["parentId"], THING);
  }));

Deno.test("directory: knows status, owner and shares of things and channels", () =>
  withDirectory(async ({ queries, tell }) => {
    await tell(
      [thing, thingCreated()],
      [thing, { type: "ThingDisabled", data: {} }],
      [thing, { type: "ThingOwnerChanged", data: { ownerId: GUEST } }],
      [thing, { type: "ThingShared", data: { userId: OWNER, policies: ["read"] } }],
      [channel, channelCreated()],
      [channel, { type: "ChannelShared", data: { userId: GUEST, policies: ["read"] } }],
      [channel, { type: "ChannelUnshared", data: { userId: GUEST } }],
    );
    const { status, ownerId, shares } = queries.get("thing", THING)!.fields;
    assert.deepEqual([status, ownerId, shares], ["disabled", GUEST, { [OWNER]: ["read"] }]);
    assert.deepEqual(queries.get("channel", CHANNEL)!.fields["shares"], {});
    await tell([thing, { type: "ThingEnabled", data: {} }]);
    assert.equal(queries.get("thing", THING)!.fields["status"], "enabled");
  }));

Deno.test("directory: a removed entity is there no more, but was", () =>
  withDirectory(async ({ queries, tell }) => {
    const [created, removed] = await tell(
      [thing, thingCreated()],
      [thing, { type: "ThingRemoved", data: {} }],
    );
    assert.equal(queries.get("thing", THING), undefined);
    assert.equal(queries.get("thing", THING, { position: removed! }), undefined);
    assert.equal(queries.get("thing", THING, { position: created! })?.fields["name"], "pump");
  }));

Deno.test("directory: answers as of an instant and as of a position, from the first moment of a version on", () =>
  withDirectory(async ({ queries, tell }) => {
    const [first, second] = await tell(
      [thing, thingCreated({ name: "one" })],
      [thing, { type: "ThingUpdated", data: { name: "two" } }, { afterMs: 5_000 }],
    );
    const name = (at: Parameters<typeof queries.get>[2]) =>
      queries.get("thing", THING, at)?.fields["name"];
    assert.equal(name({ position: first! - 1 }), undefined);
    assert.equal(name({ position: first! }), "one");
    assert.equal(name({ position: second! - 1 }), "one");
    assert.equal(name({ position: second! }), "two");
    assert.equal(name({ position: second! + 100 }), "two");
    assert.equal(name({ ms: START_MS }), undefined);
    assert.equal(name({ ms: START_MS + 1_000 }), "one");
    assert.equal(name({ ms: START_MS + 5_999 }), "one");
    assert.equal(name({ ms: START_MS + 6_000 }), "two");
    assert.equal(name(undefined), "two");
  }));

Deno.test("directory: of changes in one millisecond the last holds at that instant, each at its position", () =>
  withDirectory(async ({ queries, tell }) => {
    const now = { afterMs: 0 };
    const [first, second, third] = await tell(
      [thing, thingCreated({ name: "one" })],
      [thing, { type: "ThingUpdated", data: { name: "two" } }, now],
      [thing, { type: "ThingUpdated", data: { name: "three" } }, now],
    );
    const name = (at: Parameters<typeof queries.get>[2]) =>
      queries.get("thing", THING, at)?.fields["name"];
    assert.equal(name({ ms: START_MS + 1_000 }), "three");
    assert.deepEqual(
      [first, second, third].map((position) => name({ position: position! })),
      ["one", "two", "three"],
    );
  }));

Deno.test("directory: shows a person in clear, and no more than an id once the key was erased", () =>
  withDirectory(async ({ queries, tell, erased }) => {
    const personal = sealed({ email: "ann@example.com", name: "Ann", metadata: { team: "a" } });
    await tell([user, userCreated({ personal })]);
    const { fields } = queries.get("user", OWNER)!;
    assert.equal(fields["email"], "ann@example.com");
    assert.equal(fields["name"], "Ann");
    assert.deepEqual(fields["metadata"], { team: "a" });
    const text = JSON.stringify(fields);
    for (const secret of ["$argon2id", "personal"]) assert.ok(!text.includes(secret), secret);

    erased.add(OWNER);
    await tell([user, { type: "UserUpdated", data: { personal, tags: ["left"] } }]);
    const after = queries.get("user", OWNER)!.fields;
    assert.deepEqual([after["email"], after["name"], after["metadata"]], ["", "", {}]);
    assert.deepEqual(after["tags"], ["left"]);
  }));

Deno.test("directory: knows a user's role and keys, and a domain's owner", () =>
  withDirectory(async ({ queries, tell }) => {
    await tell(
      [user, userCreated({ personal: sealed({ email: "ann@example.com" }) })],
      [user, { type: "UserRoleChanged", data: { role: "admin" } }],
      [user, { type: "ApiKeyIssued", data: { keyId: "k", issuedAtMs: 1, label: "ci" } }],
      [`domain-${DOMAIN}`, domainCreated()],
      [`domain-${DOMAIN}`, { type: "DomainUpdated", data: { name: "acme & sons" } }],
    );
    const { role, apiKeys, name } = queries.get("user", OWNER)!.fields;
    assert.deepEqual([role, apiKeys, name], ["admin", { k: { issuedAtMs: 1, label: "ci" } }, ""]);
    const domain = queries.get("domain", DOMAIN)!;
    assert.deepEqual([domain.fields["name"], domain.fields["ownerId"]], ["acme & sons", "system"]);
    await tell([user, { type: "ApiKeyRevoked", data: { keyId: "k" } }]);
    assert.deepEqual(queries.get("user", OWNER)!.fields["apiKeys"], {});
  }));

Deno.test("directory: says what an event changed, as RFC 6902 operations", () =>
  withDirectory(async ({ queries, tell }) => {
    const [created, updated, shared, removed] = await tell(
      [thing, thingCreated({ metadata: { a: 1 } })],
      [thing, { type: "ThingUpdated", data: { name: "two", metadata: { a: 2 } } }],
      [thing, { type: "ThingShared", data: { userId: GUEST, policies: ["read"] } }],
      [thing, { type: "ThingRemoved", data: {} }],
    );
    const changes = (position: number) => queries.changesAt("thing", { id: THING, position });
    assert.deepEqual(
      [...changes(updated!)].toSorted((a, b) => a.path.localeCompare(b.path)),
      [
        { op: "replace", path: "/metadata/a", value: 2 },
        { op: "replace", path: "/name", value: "two" },
      ],
    );
    assert.deepEqual(changes(shared!), [
      { op: "add", path: `/shares/${GUEST}`, value: ["read"] },
    ]);
    assert.ok(changes(created!).every(({ op }) => op === "add"));
    assert.ok(changes(created!).some(({ path }) => path === "/name"));
    assert.ok(changes(removed!).every(({ op }) => op === "remove"));
    assert.equal(changes(removed!).length, changes(created!).length);
    assert.deepEqual(changes(removed! + 1), []);
  }));

Deno.test("directory: shows no key and no address hash as a change", () =>
  withDirectory(async ({ queries, tell }) => {
    const personal = sealed({ email: "ann@example.com" });
    const [created, rotated, , moved] = await tell(
      [thing, thingCreated()],
      [thing, { type: "ThingKeyChanged", data: { key: { sealed: "other", hash: "other" } } }],
      [user, userCreated({ personal })],
      [user, {
        type: "UserEmailChanged",
        data: { emailHash: "other hash", personal: sealed({ email: "ann@example.org" }) },
      }],
    );
    const changes = (position: number) => queries.changesAt("thing", { id: THING, position });
    assert.deepEqual(changes(rotated!), []);
    assert.ok(!JSON.stringify(changes(created!)).includes("hash of key"));
    assert.deepEqual(queries.changesAt("user", { id: OWNER, position: moved! }), [
      { op: "replace", path: "/email", value: "ann@example.org" },
    ]);
  }));

Deno.test("directory: names users and things, also those that are gone, and no others", () =>
  withDirectory(async ({ queries, tell }) => {
    const personal = sealed({ email: "ann@example.com" });
    await tell(
      [thing, thingCreated({ name: "pump" })],
      [thing, { type: "ThingUpdated", data: { name: "pump, moved" } }],
      [thing, { type: "ThingRemoved", data: {} }],
      [channel, channelCreated()],
      [user, userCreated({ personal })],
    );
    const names = queries.names([THING, OWNER, CHANNEL, GUEST, "system"]);
    assert.deepEqual({ ...names }, { [THING]: "pump, moved", [OWNER]: "ann@example.com" });
    assert.deepEqual({ ...queries.names([]) }, {});
  }));

Deno.test("directory: keeps the domain of an entity with it", () =>
  withDirectory(async ({ queries, tell }) => {
    await tell([thing, thingCreated({ domainId: OTHER_DOMAIN }), { domainId: OTHER_DOMAIN }]);
    assert.equal(queries.get("thing", THING)!.domainId, OTHER_DOMAIN);
  }));
