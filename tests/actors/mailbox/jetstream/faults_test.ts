import assert from "node:assert/strict";
import {
  type MailboxFrame,
  pause,
  type SectionOutcome,
  StorageFull,
  TransientError,
} from "../../../../actors/mod.ts";
import { cutLineTo } from "../../../support/nats_server/cut_line.ts";
import { frameFor } from "../mailbox_contract.ts";
import { tellTales } from "../shared_mailbox_contract.ts";
import { inInstallation } from "./nodes.ts";
import { eventOf, Log, posting } from "./recording.ts";

const PARTITIONS_USED = [0, 1, 2, 3];

Deno.test("jetstream faults: a server that crashes under posts loses nothing acknowledged, repeats nothing told, and keeps the order", () =>
  inInstallation(async ({ server, open }) => {
    const log = new Log();
    const [edge, actors] = [await open(), await open({ logEnd: log.end })];
    const heard: string[] = [];
    const missed = new Set<number>();
    await edge.mailbox.follow({
      recorded: (frame) => heard.push(eventOf(frame)),
      reached: () => {},
      missed: (partition) => missed.add(partition),
    });
    for (const partition of PARTITIONS_USED) actors.mailbox.consume(partition, log.handler);
    const posters = PARTITIONS_USED.map((partition) => posting(edge.mailbox, partition));
    for (let crash = 0; crash < 3; crash++) {
      const before = log.eventIds.length;
      while (log.eventIds.length < before + 40) await pause(10);
      await server.kill();
      await pause(100 * crash);
      await server.start();
    }
    const before = log.eventIds.length;
    while (log.eventIds.length < before + 40) await pause(10);
    await Promise.all(posters.map(({ stop }) => stop()));
    for (const partition of PARTITIONS_USED) {
      await edge.mailbox.handled(partition, { timeoutMs: 30_000 });
    }
    const stored = new Set(log.eventIds);
    for (const [index, { posted, acknowledged }] of posters.entries()) {
      assert.ok(acknowledged.length > 20);
      assert.deepEqual(acknowledged.filter((id) => !stored.has(id)), []);
      const mine = new Set(posted);
      const inOrder = posted.filter((id) => stored.has(id));
      assert.deepEqual(log.eventIds.filter((id) => mine.has(id)), inOrder);
      const told = heard.filter((id) => mine.has(id));
      assert.equal(new Set(told).size, told.length);
      assert.deepEqual(told, inOrder.filter((id) => told.includes(id)));
      assert.ok(missed.has(PARTITIONS_USED[index]!));
    }
  }));

Deno.test("jetstream faults: a frame that is posted again under its id is handled once", () =>
  inInstallation(async ({ open }) => {
    const { mailbox } = await open();
    const [frame, last] = [frameFor("a", 0), frameFor("a", 0)];
    for (const each of [frame, frame, last, frame]) await mailbox.post(each);
    const handled: string[] = [];
    mailbox.consume(0, ({ id }) => {
      handled.push(id);
      return Promise.resolve([{ position: handled.length }]);
    });
    await mailbox.handled(0, { timeoutMs: 5_000 });
    assert.deepEqual(handled, [frame.id, last.id]);
  }));

Deno.test("jetstream faults: a frame of several messages is handled as one frame for each, in order", () =>
  inInstallation(async ({ open }) => {
    const { mailbox } = await open();
    const large = (channel: string) => ({
      ...frameFor(channel, 0).sections[0]!,
      batch: new Uint8Array(700_000).fill(channel.charCodeAt(0)),
    });
    const frame = { ...frameFor("a", 0), sections: ["a", "b", "c"].map(large) };
    const handled: MailboxFrame[] = [];
    mailbox.consume(0, (part) => {
      handled.push(part);
      return Promise.resolve([{ position: handled.length }]);
    });
    const told = tellTales();
    await mailbox.follow(told);
    await mailbox.post(frame);
    await told.until((line) => line === `recorded 0 ${frame.id} 3`);
    assert.deepEqual(handled.flatMap(({ sections }) => sections), frame.sections);
    assert.deepEqual(handled.map(({ id }) => id), [frame.id, frame.id, frame.id]);
    assert.equal(told.lines.length, 3);
  }));

Deno.test("jetstream faults: a full mailbox refuses, drops nothing, and takes frames again once there is room", () =>
  inInstallation(async ({ open }) => {
    const { mailbox } = await open({ query: "?maxBytes=16777216" });
    const large = () => {
      const frame = frameFor("a", 0);
      const sections = [{ ...frame.sections[0]!, batch: new Uint8Array(900_000) }];
      return { ...frame, sections };
    };
    const taken: string[] = [];
    await assert.rejects(async () => {
      for (let n = 0; n < 6; n++) {
        const frame = large();
        await mailbox.post(frame);
        taken.push(frame.id);
      }
    }, StorageFull);
    assert.equal(taken.length, 4);
    const handled: string[] = [];
    mailbox.consume(0, ({ id }) => {
      handled.push(id);
      return Promise.resolve([{ position: 1 }]);
    });
    await mailbox.handled(0, { timeoutMs: 5_000 });
    await mailbox.post(large());
    await mailbox.handled(0, { timeoutMs: 5_000 });
    assert.deepEqual(handled.slice(0, 4), taken);
    assert.equal(handled.length, 5);
  }));

Deno.test("jetstream faults: a frame whose consumer died comes to the next one, before those behind it", () =>
  inInstallation(async ({ server, open }) => {
    const line = cutLineTo(server.port);
    const dying = await open({ port: line.port });
    const { mailbox } = await open();
    const begun = Promise.withResolvers<void>();
    const stuck = Promise.withResolvers<readonly SectionOutcome[]>();
    dying.mailbox.consume(0, () => {
      begun.resolve();
      return stuck.promise;
    });
    const frames = [frameFor("a", 0), frameFor("a", 0), frameFor("a", 0)];
    for (const frame of frames) await mailbox.post(frame);
    await begun.promise;
    line.cut();
    const handled: string[] = [];
    mailbox.consume(0, ({ id }) => {
      handled.push(id);
      return Promise.resolve([{ position: 1 }]);
    });
    await mailbox.handled(0, { timeoutMs: 20_000 });
    assert.deepEqual(handled, frames.map(({ id }) => id));
    stuck.resolve([{ position: 1 }]);
    await dying.close();
    await line.close();
  }));

Deno.test("jetstream faults: a slow frame is handed to nobody else while its consumer is at work", () =>
  inInstallation(async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const handled: string[] = [];
    one.mailbox.consume(0, async () => {
      handled.push("one");
      await pause(7_000);
      return [{ position: 1 }];
    });
    await one.mailbox.post(frameFor("a", 0));
    while (handled.length === 0) await pause(10);
    // Two nodes that both believe they own it.
    other.mailbox.consume(0, () => {
      handled.push("other");
      return Promise.resolve([{ position: 1 }]);
    });
    await one.mailbox.handled(0, { timeoutMs: 20_000 });
    assert.deepEqual(handled, ["one"]);
  }));

Deno.test("jetstream faults: a consumer that ends while an engine is away gives its frame back", () =>
  inInstallation(async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const end = one.mailbox.consume(0, () => {
      throw new TransientError("Cannot store: away");
    });
    const frame = frameFor("a", 0);
    await one.mailbox.post(frame);
    while ((await one.status()).waiting.length === 0) await pause(10);
    const { waiting: [waits] } = await one.status();
    assert.equal(waits!.partition, 0);
    assert.equal(waits!.reason, "Cannot store: away");
    await end();
    const handled = Promise.withResolvers<string>();
    other.mailbox.consume(0, ({ id }) => {
      handled.resolve(id);
      return Promise.resolve([{ position: 1 }]);
    });
    assert.equal(await handled.promise, frame.id);
    assert.deepEqual((await one.status()).waiting, []);
  }));

Deno.test("jetstream faults: refusals that pass are waited out, since nobody is there to be told", () =>
  inInstallation(async ({ open }) => {
    const { mailbox, deadLetters } = await open();
    let attempts = 0;
    mailbox.consume(0, () => {
      const rejection = {
        rejected: true,
        code: "storage_full",
        message: "Cannot store: full",
      } as const;
      return Promise.resolve([attempts++ < 2 ? { position: 0, rejection } : { position: 1 }]);
    });
    await mailbox.post(frameFor("a", 0));
    await mailbox.handled(0, { timeoutMs: 5_000 });
    assert.equal(attempts, 3);
    assert.deepEqual((await deadLetters.list({ cursor: 0, limit: 1 })).letters, []);
  }));

Deno.test("jetstream faults: a post over a line that breaks is made again when it is back, and handled once", () =>
  inInstallation(async ({ server, open }) => {
    const line = cutLineTo(server.port);
    const edge = await open({ port: line.port });
    const { mailbox } = await open();
    await edge.mailbox.post(frameFor("a", 0));
    // The server has it, but its answer does not come through.
    const release = line.hold();
    const frame = frameFor("a", 0);
    const posted = edge.mailbox.post(frame);
    const handled: string[] = [];
    mailbox.consume(0, ({ id }) => {
      handled.push(id);
      return Promise.resolve([{ position: handled.length }]);
    });
    while (!handled.includes(frame.id)) await pause(10);
    line.cut();
    release();
    line.mend();
    await posted;
    await mailbox.handled(0, { timeoutMs: 5_000 });
    assert.equal(handled.length, 2);
    await edge.close();
    await line.close();
  }));

Deno.test("jetstream faults: a post to a server that stays away ends as unknown, and those behind it too", () =>
  inInstallation(async ({ server, open }) => {
    const { mailbox, status } = await open();
    await server.kill();
    const posts = await Promise.allSettled(
      [frameFor("a", 0), frameFor("a", 0)].map((frame) => mailbox.post(frame)),
    );
    for (const post of posts) {
      assert.ok(post.status === "rejected" && post.reason instanceof TransientError);
    }
    assert.equal((await status()).state, "away");
    await server.start();
    while ((await status()).state === "away") await pause(10);
    await mailbox.post(frameFor("a", 0));
  }));
