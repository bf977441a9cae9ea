import { Buffer } from "node:buffer";
import type { Random } from "../../../actors/mod.ts";
import type { Device } from "../../platform.ts";
import type { Arrivals } from "./arrivals.ts";
import { type Packet, pause, RawClient, type Version } from "./raw_client.ts";
import { between, chosen, codeOf, connecting, inWords, type Scene, topicOf } from "./scene.ts";

const ANSWER_MS_MAX = 15_000;
const MESSAGES_MAX = 5;
/** Between two visits of one loop, in milliseconds. */
const BETWEEN_MS = { least: 20, most: 400 };

export interface PassersBy {
  readonly things: readonly Device[];
  readonly channelId: string;
  /** Of what was acknowledged, and of the wills of those who vanished. */
  readonly arrivals: Arrivals;
}

/** Clients that come once, publish a little and vanish, one after another; each leaves a will. */
export async function passBy(
  scene: Scene,
  { name, ...passers }: PassersBy & { readonly name: string },
): Promise<void> {
  const random = scene.randomOf(name);
  for (let visit = 0; performance.now() < scene.untilMs; visit++) {
    await visited(scene, { ...passers, random, clientId: `${name}-${visit}` });
    await pause(between(random, BETWEEN_MS));
  }
}

async function visited(
  scene: Scene,
  { things, channelId, arrivals, random, clientId }: PassersBy & {
    readonly random: Random;
    readonly clientId: string;
  },
): Promise<void> {
  const version = chosen<Version>(random, [4, 5]);
  const client = await RawClient.open(scene.port, version);
  try {
    const will = { topic: topicOf(channelId, "will"), payload: Buffer.from(`${clientId} will`) };
    client.send({
      ...connecting(chosen(random, things), { clientId, version }),
      will: { ...will, qos: 1, retain: false },
    });
    const connack = await client.answer(ANSWER_MS_MAX);
    if (connack?.cmd !== "connack" || codeOf(connack) !== 0) {
      return scene.surprise(`${clientId} wants to connect and gets ${inWords(connack)}`);
    }
    arrivals.expect(`${clientId} will`);
    arrivals.settle();
    const ids = Array.from(
      { length: Math.floor(random.next() * (MESSAGES_MAX + 1)) },
      (_, n) => n + 1,
    );
    for (const messageId of ids) {
      arrivals.expect(`${clientId} ${messageId}`);
      client.send(message(channelId, { clientId, messageId }));
    }
    // Some wait for each answer; the others are gone before it can come.
    const waits = random.next() < 0.5;
    for (const messageId of ids) {
      const puback = waits ? await client.answer(ANSWER_MS_MAX) : undefined;
      if (puback?.cmd === "puback" && codeOf(puback) === 0 && puback.messageId === messageId) {
        arrivals.settle();
        continue;
      }
      arrivals.excuse(`${clientId} ${messageId}`);
      if (waits) scene.surprise(`${clientId} publishes #${messageId}, gets ${inWords(puback)}`);
    }
    scene.did(waits ? "published, and vanished" : "vanished in mid-sentence");
  } finally {
    client.vanish();
  }
}

function message(
  channelId: string,
  { clientId, messageId }: { readonly clientId: string; readonly messageId: number },
): Packet {
  return {
    cmd: "publish",
    topic: topicOf(channelId, "passing"),
    payload: `${clientId} ${messageId}`,
    qos: 1,
    dup: false,
    retain: false,
    messageId,
  };
}
