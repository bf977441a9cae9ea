import mqttPacket from "mqtt-packet";
import type { Random } from "../../../actors/mod.ts";
import type { Device } from "../../platform.ts";
import { type Packet, pause, RawClient, type Version } from "./raw_client.ts";
import { between, chosen, codeOf, connecting, inWords, type Scene, topicOf } from "./scene.ts";

/** An answer that takes longer is none, in milliseconds. */
const ANSWER_MS_MAX = 15_000;
/** Who never says who it is may stay for 10 s; a little more for a machine that is busy. */
const CONNECT_MS_MAX = 20_000;
const BETWEEN_MS = { least: 20, most: 300 };
const NOT_AUTHORIZED = 0x87;
const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
const PACKET_TOO_LARGE = 0x95;
const KEEP_ALIVE_TIMEOUT = 0x8d;
/** One more than the platform takes at once. */
const PAST_RECEIVE_MAXIMUM = 1_025;

interface Misdeed {
  readonly scene: Scene;
  readonly random: Random;
  readonly thing: Device;
  readonly clientId: string;
  readonly version: Version;
  readonly client: RawClient;
}

/** Answers what the platform did in place of what it should. */
type Deed = (misdeed: Misdeed) => Promise<string | undefined>;

/** One client after another that does what it must not, and looks how that ends. */
export async function misbehave(
  scene: Scene,
  { name, things }: { readonly name: string; readonly things: readonly Device[] },
): Promise<void> {
  const random = scene.randomOf(name);
  const deeds = Object.entries(DEEDS);
  for (let turn = 0; performance.now() < scene.untilMs; turn++) {
    const [deed, run] = chosen(random, deeds);
    const version = chosen<Version>(random, [4, 5]);
    const client = await RawClient.open(scene.port, version);
    const thing = chosen(random, things);
    const clientId = `${name}-${turn}`;
    const wrong = await run({ scene, random, thing, clientId, version, client });
    client.vanish();
    scene.did(deed);
    if (wrong !== undefined) scene.surprise(`${deed} (MQTT ${version}): ${wrong}`);
    await pause(between(random, BETWEEN_MS));
  }
}

const DEEDS: Readonly<Record<string, Deed>> = {
  async "has a wrong key"({ client, thing, clientId, version }) {
    client.send(connecting({ ...thing, key: "wrong" }, { clientId, version }));
    const answer = await client.answer(ANSWER_MS_MAX);
    if (answer?.cmd !== "connack" || codeOf(answer) === 0) return inWords(answer);
    return await leftAlone(client);
  },

  async "sends random bytes"({ client, random }) {
    client.send(noise(random, 1 + Math.floor(random.next() * 2_000)));
    return await leftAlone(client, CONNECT_MS_MAX);
  },

  async "sends a damaged packet"(misdeed) {
    const { client, random } = misdeed;
    const refused = await letIn(misdeed);
    const bytes = soundBytes(misdeed);
    bytes[Math.floor(random.next() * bytes.length)]! ^= 1 << Math.floor(random.next() * 8);
    client.send(bytes);
    // Much of it is sound still: only the platform's own health is looked at.
    await client.endsWithin(100);
    return refused;
  },

  async "breaks off in a packet"(misdeed) {
    const { client, random } = misdeed;
    const refused = await letIn(misdeed);
    const bytes = soundBytes(misdeed);
    client.send(bytes.subarray(0, Math.floor(random.next() * bytes.length)));
    await pause(20);
    return refused;
  },

  async "sends half a CONNECT"({ client, random, thing, clientId, version }) {
    const bytes = mqttPacket.generate(connecting(thing, { clientId, version }));
    client.send(bytes.subarray(0, Math.floor(random.next() * bytes.length)));
    return await leftAlone(client, CONNECT_MS_MAX);
  },

  async "subscribes to what it may not read"(misdeed) {
    const { client, scene, version } = misdeed;
    const refused = await letIn(misdeed);
    if (refused !== undefined) return refused;
    const topic = topicOf(scene.forbiddenChannelId, "#");
    client.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    const answer = await client.answer(ANSWER_MS_MAX);
    const wanted = version === 5 ? NOT_AUTHORIZED : 0x80;
    if (answer?.cmd === "suback" && answer.granted[0] === wanted) return undefined;
    return inWords(answer);
  },

  async "publishes where it may not"(misdeed) {
    const { client, scene, version } = misdeed;
    const refused = await letIn(misdeed);
    if (refused !== undefined) return refused;
    const channelId = scene.forbiddenChannelId;
    client.send(publish(misdeed, { qos: 1, messageId: 1, channelId }));
    if (version === 4) return await leftAlone(client);
    const answer = await client.answer(ANSWER_MS_MAX);
    return codeOf(answer) === NOT_AUTHORIZED ? undefined : inWords(answer);
  },

  async "sends past the receive maximum"(misdeed) {
    const { client, version } = misdeed;
    const refused = await letIn(misdeed);
    // MQTT 3.1.1 knows no such maximum.
    if (refused !== undefined || version === 4) return refused;
    const said = endingWith(client);
    for (let messageId = 1; messageId <= PAST_RECEIVE_MAXIMUM; messageId++) {
      client.send(publish(misdeed, { qos: 2, messageId }));
    }
    return await said(RECEIVE_MAXIMUM_EXCEEDED);
  },

  async "claims a huge packet"(misdeed) {
    const { client, version, random } = misdeed;
    const isStranger = random.next() < 0.5;
    const refused = isStranger ? undefined : await letIn(misdeed);
    if (refused !== undefined) return refused;
    const said = endingWith(client);
    client.send(new Uint8Array([isStranger ? 0x10 : 0x30, 0xff, 0xff, 0xff, 0x7f, 0, 4]));
    return version === 5 && !isStranger ? await said(PACKET_TOO_LARGE) : await leftAlone(client);
  },

  async "is silent past its keep alive"(misdeed) {
    const { client, version } = misdeed;
    const refused = await letIn(misdeed, 1);
    if (refused !== undefined) return refused;
    const said = endingWith(client);
    return version === 5 ? await said(KEEP_ALIVE_TIMEOUT) : await leftAlone(client);
  },

  async "fights for its client id"(misdeed) {
    const { client, scene, version, thing, clientId } = misdeed;
    const rivals = [client];
    for (let n = 0; n < 2; n++) rivals.push(await RawClient.open(scene.port, version));
    for (const rival of rivals) rival.send(connecting(thing, { clientId, version }));
    const lateMs = performance.now() + ANSWER_MS_MAX;
    const left = () => rivals.filter(({ isOver }) => !isOver).length;
    while (left() > 1 && performance.now() < lateMs) await pause(20);
    const remaining = left();
    for (const rival of rivals) rival.vanish();
    return remaining === 1 ? undefined : `${remaining} of ${rivals.length} are left`;
  },
};

/** Answers what came in place of a CONNACK that lets it in. */
async function letIn(
  { client, thing, clientId, version }: Misdeed,
  keepalive = 0,
): Promise<string | undefined> {
  client.send(connecting(thing, { clientId, version, keepalive }));
  const answer = await client.answer(ANSWER_MS_MAX);
  return answer?.cmd === "connack" && codeOf(answer) === 0 ? undefined : inWords(answer);
}

function publish(
  { scene, clientId }: Misdeed,
  { qos, messageId, channelId = scene.quietChannelId }: {
    readonly qos: 1 | 2;
    readonly messageId: number;
    readonly channelId?: string;
  },
): Packet {
  const topic = topicOf(channelId, "misbehaving");
  return { cmd: "publish", topic, payload: clientId, qos, messageId, dup: false, retain: false };
}

function soundBytes(misdeed: Misdeed): Uint8Array {
  const packet = publish(misdeed, { qos: 1, messageId: 1 });
  return Uint8Array.from(mqttPacket.generate(packet, { protocolVersion: misdeed.version }));
}

/** Watches for the DISCONNECT that says why a connection ends. */
function endingWith(client: RawClient): (code: number) => Promise<string | undefined> {
  let last: Packet | undefined;
  client.onPacket = (packet) => last = packet;
  return async (code) => {
    const left = await leftAlone(client);
    if (left !== undefined) return left;
    return last?.cmd === "disconnect" && codeOf(last) === code ? undefined : inWords(last);
  };
}

async function leftAlone(client: RawClient, ms = ANSWER_MS_MAX): Promise<string | undefined> {
  return await client.endsWithin(ms) ? undefined : `the connection stands after ${ms} ms`;
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
}
