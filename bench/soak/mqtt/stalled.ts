import type { Device } from "../../platform.ts";
import { pause, RawClient, type Version } from "./raw_client.ts";
import { between, chosen, codeOf, connecting, inWords, type Scene, topicOf } from "./scene.ts";

const ANSWER_MS_MAX = 15_000;
/** How long one stays without reading, in milliseconds. */
const STALL_MS = { least: 3_000, most: 30_000 };

/** Subscribers that ask for all there is, never read it, and vanish in the end. */
export async function stall(
  scene: Scene,
  { name, things }: { readonly name: string; readonly things: readonly Device[] },
): Promise<void> {
  const random = scene.randomOf(name);
  for (let turn = 0; performance.now() < scene.untilMs; turn++) {
    const version = chosen<Version>(random, [4, 5]);
    const qos = chosen<0 | 1>(random, [0, 1]);
    const client = await RawClient.open(scene.port, version);
    const clientId = `${name}-${turn}`;
    client.send(connecting(chosen(random, things), { clientId, version }));
    const connack = await client.answer(ANSWER_MS_MAX);
    if (connack?.cmd === "connack" && codeOf(connack) === 0) {
      client.stopReading();
      const subscriptions = scene.channelIds.map((id) => ({ topic: topicOf(id, "#"), qos }));
      client.send({ cmd: "subscribe", messageId: 1, subscriptions });
      await pause(between(random, STALL_MS));
      scene.did("subscribed, and never read");
    } else {
      scene.surprise(`${clientId} wants to connect and gets ${inWords(connack)}`);
    }
    client.vanish();
  }
}
