import assert from "node:assert/strict";
import type { AccessChange } from "../../../projections/mod.ts";
import { CHANNEL, DOMAIN, domainCreated, OTHER_DOMAIN, THING, thingCreated } from "../log.ts";
import { channel, connected, hashOf, may, thing, withConnection, withIndex } from "./indexed.ts";

const BOTH = [true, true] as const;
const NEITHER = [false, false] as const;

Deno.test("access: nobody may do anything before a connection says so", () =>
  withIndex(async (indexed) => {
    assert.deepEqual(may(indexed), NEITHER);
    await indexed.tell([thing, thingCreated()]);
    assert.deepEqual(may(indexed), NEITHER);
    await indexed.tell([thing, connected("publish", "subscribe")]);
    // The channel is not known.
    assert.deepEqual(may(indexed), NEITHER);
  }));

Deno.test("access: a connection allows what its types name, and a new one takes the place of the old", () =>
  withConnection(async (indexed) => {
    assert.deepEqual(may(indexed), BOTH);
    await indexed.tell([thing, connected("publish")]);
    assert.deepEqual(may(indexed), [true, false]);
    await indexed.tell([thing, connected("subscribe")]);
    assert.deepEqual(may(indexed), [false, true]);
  }));

Deno.test("access: a disconnect ends it, and another connect begins it again", () =>
  withConnection(async (indexed) => {
    await indexed.tell([thing, { type: "ThingDisconnected", data: { channelId: CHANNEL } }]);
    assert.deepEqual(may(indexed), NEITHER);
    await indexed.tell([thing, connected("publish", "subscribe")]);
    assert.deepEqual(may(indexed), BOTH);
  }));

Deno.test("access: a connection is known by its channel alone", () =>
  withConnection((indexed) => {
    const { index } = indexed;
    assert.equal(index.mayPublish(THING, "c0000000-0000-4000-8000-00000000ffff"), false);
    assert.equal(index.mayPublish("70000000-0000-4000-8000-00000000ffff", CHANNEL), false);
    assert.deepEqual([...index.thing(THING)!.connections.keys()], [CHANNEL]);
    return Promise.resolve();
  }));

Deno.test("access: a disabled thing, channel or domain may do nothing until it is enabled", () =>
  withConnection(async (indexed) => {
    const pairs = [
      [thing, "ThingDisabled", "ThingEnabled"],
      [channel, "ChannelDisabled", "ChannelEnabled"],
      [`domain-${DOMAIN}`, "DomainDisabled", "DomainEnabled"],
    ] as const;
    for (const [stream, disabled, enabled] of pairs) {
      await indexed.tell([stream, { type: disabled, data: {} }]);
      assert.deepEqual(may(indexed), NEITHER, disabled);
      await indexed.tell([stream, { type: enabled, data: {} }]);
      assert.deepEqual(may(indexed), BOTH, enabled);
    }
  }));

Deno.test("access: a removed thing or channel is known no more", () =>
  withConnection(async (indexed) => {
    await indexed.tell([channel, { type: "ChannelRemoved", data: {} }]);
    assert.deepEqual(may(indexed), NEITHER);
    assert.equal(indexed.index.channel(CHANNEL), undefined);
    await indexed.tell([thing, { type: "ThingRemoved", data: {} }]);
    assert.equal(indexed.index.thing(THING), undefined);
    assert.equal(indexed.index.thingByKey("key"), undefined);
    assert.deepEqual(indexed.store.rows().map(({ kind }) => kind).toSorted(), ["domain", "user"]);
  }));

Deno.test("access: a connection across domains grants nothing", () =>
  withConnection(async (indexed) => {
    const stranger = "70000000-0000-4000-8000-000000000009";
    const options = { domainId: OTHER_DOMAIN };
    await indexed.tell(
      [`domain-${OTHER_DOMAIN}`, domainCreated(OTHER_DOMAIN), options],
      [
        `thing-${stranger}`,
        thingCreated({ domainId: OTHER_DOMAIN, key: { sealed: "s", hash: hashOf("stranger") } }),
        options,
      ],
      [`thing-${stranger}`, connected("publish", "subscribe"), options],
    );
    assert.equal(indexed.index.mayPublish(stranger, CHANNEL), false);
    assert.equal(indexed.index.maySubscribe(stranger, CHANNEL), false);
    assert.equal(indexed.index.thing(stranger)!.domainId, OTHER_DOMAIN);
  }));

Deno.test("access index: tells of a change once it holds the new truth, with a new version and position", () =>
  withConnection(async (indexed) => {
    const { index, tell, log } = indexed;
    const heard: (AccessChange & { readonly may: boolean })[] = [];
    const version = index.version;
    const stop = index.onChange((change) => {
      heard.push({ ...change, may: index.mayPublish(THING, CHANNEL) });
      assert.ok(index.version > version);
    });
    await tell([thing, { type: "ThingDisconnected", data: { channelId: CHANNEL } }]);
    assert.deepEqual(heard, [{ kind: "thing", id: THING, keyChanged: false, may: false }]);
    assert.equal(index.position, await log.store.lastPosition());

    await tell([channel, { type: "ChannelDisabled", data: {} }]);
    assert.deepEqual(heard.slice(1), [{ kind: "channel", id: CHANNEL, may: false }]);
    stop();
    await tell([thing, connected("publish")]);
    assert.equal(heard.length, 2);
  }));

Deno.test("access index: tells of every thing of a domain that was disabled or enabled", () =>
  withConnection(async ({ index, tell }) => {
    const heard: AccessChange[] = [];
    index.onChange((change) => heard.push(change));
    const domain = `domain-${DOMAIN}`;
    await tell([domain, { type: "DomainDisabled", data: {} }]);
    assert.deepEqual(heard, [{ kind: "thing", id: THING, keyChanged: false }]);
    await tell([domain, { type: "DomainUpdated", data: { name: "other" } }]);
    assert.equal(heard.length, 1);
    await tell([domain, { type: "DomainEnabled", data: {} }]);
    assert.equal(heard.length, 2);
  }));

Deno.test("access index: takes rows again, and an older position, without a step back", () =>
  withConnection((indexed) => {
    const { index, store } = indexed;
    const { position } = index;
    index.apply(store.rows(), position);
    index.apply(store.rows(), 1);
    assert.equal(index.position, position);
    assert.deepEqual(may(indexed), BOTH);
    assert.equal(index.thingByKey("key")?.id, THING);
    const { version } = index;
    index.apply([], position + 5);
    assert.deepEqual([index.position, index.version], [position + 5, version]);
    // What was never known can be taken away.
    index.apply([{ kind: "thing", domainId: DOMAIN, id: "none" }], position);
    index.apply([{ kind: "user", domainId: DOMAIN, id: "none" }], position);
    return Promise.resolve();
  }));

Deno.test("access: hands over one row for each entity of a page, as it is at the end of the page", () =>
  withConnection(async ({ handed, tell }) => {
    handed.length = 0;
    await tell(
      [thing, { type: "ThingDisabled", data: {} }],
      [thing, { type: "ThingEnabled", data: {} }],
      [channel, { type: "ChannelDisabled", data: {} }],
      [thing, { type: "ThingRemoved", data: {} }],
    );
    assert.deepEqual(
      handed.map(({ kind, id, fields }) => [kind, id, fields?.["status"]]),
      [["thing", THING, undefined], ["channel", CHANNEL, "disabled"]],
    );
  }));
