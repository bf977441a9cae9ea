import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { encodeFrame } from "../../../../actors/mailbox/jetstream/frame_codec.ts";
import { TOLD_IDS_MAX } from "../../../../actors/mailbox/jetstream/limits.ts";
import {
  encodeOverview,
  encodeTold,
  type Overview,
} from "../../../../actors/mailbox/jetstream/live_codec.ts";
import { type MailboxFrame, PARTITIONS, pause } from "../../../../actors/mod.ts";
import { cutLineTo } from "../../../support/nats_server/cut_line.ts";
import { frameFor } from "../mailbox_contract.ts";
import { tellTales, withoutReached } from "../shared_mailbox_contract.ts";
import { inInstallation } from "./nodes.ts";
import { Log } from "./recording.ts";

/** A node that tells what it is made to, so that a message of it can be left out. */
async function teller(url: string) {
  const connection = await connect({ servers: url });
  return {
    told(frame: MailboxFrame, place: { sequence: number; delivery: number; previous: number }) {
      const [bytes] = encodeFrame(frame);
      const outcomes = [{ position: place.sequence }];
      const message = encodeTold(place, { frame: bytes!, outcomes });
      connection.publish("millrace.live.00", message);
    },
    untold(place: { sequence: number; delivery: number; previous: number }) {
      const message = encodeTold(place, { frame: new Uint8Array(), outcomes: undefined });
      connection.publish("millrace.live.00", message);
    },
    overview: (overview: Overview) =>
      connection.publish("millrace.live.overview", encodeOverview(overview)),
    raw: (subject: string, bytes: Uint8Array) => connection.publish(subject, bytes),
    close: () => connection.close(),
  };
}

function following(
  says: string,
  run: (
    told: ReturnType<typeof tellTales>,
    node: Awaited<ReturnType<typeof teller>>,
  ) => Promise<void>,
): void {
  Deno.test(`jetstream following: ${says}`, () =>
    inInstallation(async ({ server, open }) => {
      const { mailbox } = await open();
      const told = tellTales();
      await mailbox.follow(told);
      const node = await teller(server.url);
      try {
        await run(told, node);
      } finally {
        await node.close();
      }
    }));
}

const frames = (count: number) => Array.from({ length: count }, () => frameFor("a", 0));

following(
  "says that something was missed before it goes on with the newer frame",
  async (told, node) => {
    const [a, b, d] = frames(3);
    node.told(a!, { sequence: 11, delivery: 5, previous: 4 });
    node.told(b!, { sequence: 12, delivery: 6, previous: 5 });
    node.told(d!, { sequence: 17, delivery: 8, previous: 7 });
    await told.until((line) => line.includes(d!.id));
    assert.deepEqual(told.lines, [
      `recorded 0 ${a!.id} 11`,
      `recorded 0 ${b!.id} 12`,
      "missed 0",
      `recorded 0 ${d!.id} 17`,
    ]);
  },
);

following("passes over what is told again, and goes on behind it", async (told, node) => {
  const [a, b, c] = frames(3);
  node.told(a!, { sequence: 11, delivery: 5, previous: 4 });
  // Its acknowledgement was lost: another delivery of the same place in the stream.
  node.told(a!, { sequence: 11, delivery: 6, previous: 5 });
  node.told(b!, { sequence: 12, delivery: 7, previous: 6 });
  // Posted again, and the server did not know it any more: another place in the stream.
  node.told(b!, { sequence: 13, delivery: 8, previous: 7 });
  node.told(c!, { sequence: 14, delivery: 9, previous: 8 });
  await told.until((line) => line.includes(c!.id));
  const places = [[a, 11], [b, 12], [c, 14]] as const;
  assert.deepEqual(told.lines, places.map(([frame, at]) => `recorded 0 ${frame!.id} ${at}`));
});

following("remembers so many frames of a partition, and no more", async (told, node) => {
  const [first, ...others] = frames(TOLD_IDS_MAX + 1);
  let sequence = 1;
  const tell = (frame: MailboxFrame) => {
    node.told(frame, { sequence, delivery: sequence, previous: sequence - 1 });
    sequence++;
  };
  for (const frame of [first!, ...others, first!, others.at(-1)!]) tell(frame);
  await told.until((line) => line === `recorded 0 ${first!.id} ${TOLD_IDS_MAX + 2}`);
  assert.equal(told.lines.length, TOLD_IDS_MAX + 2);
});

following("says that a frame was missed that could not be told", async (told, node) => {
  const [a, c] = frames(2);
  node.told(a!, { sequence: 1, delivery: 1, previous: 0 });
  node.untold({ sequence: 2, delivery: 2, previous: 1 });
  node.told(c!, { sequence: 3, delivery: 3, previous: 2 });
  await told.until((line) => line.includes(c!.id));
  assert.deepEqual(told.lines, [`recorded 0 ${a!.id} 1`, "missed 0", `recorded 0 ${c!.id} 3`]);
});

following(
  "notices by the overview that the last frame was lost, and believes no older one",
  async (told, node) => {
    const [a] = frames(1);
    node.told(a!, { sequence: 1, delivery: 4, previous: 3 });
    node.overview({ idle: [[0, 4, 100], [1, 9, 100]] });
    node.overview({ idle: [[0, 5, 200]] });
    // A node that lost the partition, and does not know it yet.
    node.overview({ idle: [[0, 4, 250]] });
    node.overview({ idle: [[0, 5, 300]] });
    await told.until((line) => line === "reached 0 300");
    assert.deepEqual(told.lines, [
      `recorded 0 ${a!.id} 1`,
      "reached 0 100",
      "reached 1 100",
      "missed 0",
      "reached 0 300",
    ]);
  },
);

following(
  "takes what it does not understand for missed, and what a node calls lost too",
  async (told, node) => {
    node.raw("millrace.live.07", new Uint8Array([2, 1]));
    node.overview({ lost: [3, 99] });
    node.raw("millrace.live.overview", new Uint8Array([1]));
    await told.until((line) => line === `missed ${PARTITIONS - 1}`);
    const all = Array.from({ length: PARTITIONS }, (_, partition) => `missed ${partition}`);
    assert.deepEqual(told.lines, ["missed 7", "missed 3", ...all]);
  },
);

Deno.test("jetstream following: a follower whose line was cut is told that it missed all, and goes on", () =>
  inInstallation(async ({ server, open }) => {
    const log = new Log();
    const line = cutLineTo(server.port);
    const away = await open({ port: line.port });
    const { mailbox } = await open({ logEnd: log.end });
    const told = tellTales();
    await away.mailbox.follow(told);
    mailbox.consume(0, log.handler);
    const [heard, lost, later] = frames(3);
    await mailbox.post(heard!);
    await told.until((line) => line.includes(heard!.id));
    line.cut();
    while ((await away.status()).state === "up") await pause(10);
    await mailbox.post(lost!);
    await mailbox.handled(0, { timeoutMs: 5_000 });
    line.mend();
    await told.until((line) => line === `missed ${PARTITIONS - 1}`);
    await mailbox.post(later!);
    await told.until((line) => line.includes(later!.id));
    const zero = withoutReached(told).filter((line) => /^(recorded|missed) 0( |$)/.test(line));
    assert.deepEqual(zero, [
      `recorded 0 ${heard!.id} 1`,
      "missed 0",
      `recorded 0 ${later!.id} 3`,
    ]);
    await away.close();
    await line.close();
  }));

Deno.test("jetstream following: all are told that something may be lost when the line of a consumer broke", () =>
  inInstallation(async ({ server, open }) => {
    const log = new Log();
    const line = cutLineTo(server.port);
    const consuming = await open({ port: line.port, logEnd: log.end });
    const { mailbox } = await open();
    const told = tellTales();
    await mailbox.follow(told);
    consuming.mailbox.consume(4, log.handler);
    await told.until((line) => line === "reached 4 0");
    line.cut();
    while ((await consuming.status()).state === "up") await pause(10);
    line.mend();
    await told.until((line) => line === "missed 4");
    const frame = frameFor("a", 4);
    await mailbox.post(frame);
    await told.until((line) => line.includes(frame.id));
    await consuming.close();
    await line.close();
  }));

Deno.test("jetstream following: what a follower throws costs it the frame, not the line", () =>
  inInstallation(async ({ open }) => {
    const { mailbox } = await open();
    const log = new Log();
    const told = tellTales();
    const [bad, good] = frames(2);
    await mailbox.follow({
      ...told,
      recorded(frame, outcomes) {
        if (frame.id === bad!.id) throw new TypeError("a defect");
        told.recorded(frame, outcomes);
      },
    });
    mailbox.consume(0, log.handler);
    await mailbox.post(bad!);
    await mailbox.post(good!);
    await told.until((line) => line.includes(good!.id));
    assert.deepEqual(told.lines, ["missed 0", `recorded 0 ${good!.id} 2`]);
  }));
