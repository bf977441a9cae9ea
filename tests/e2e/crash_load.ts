import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { newId } from "../../actors/mod.ts";
import type { BenchPlatform, Device } from "../../bench/platform.ts";

/** What was sent during all rounds, by number, and what of it was acknowledged. */
export interface Tally {
  /** Next number; every message carries its own as its value. */
  next: number;
  /** Numbers whose message was acknowledged. */
  readonly acknowledged: Set<number>;
  /** Things whose creation was acknowledged. */
  readonly created: Set<string>;
}

/** Messages that one MQTT connection has sent and not seen acknowledged. */
const WINDOW = 50;
const MQTT_CONNECTIONS = 3;
const HTTP_LOOPS = 6;
const COMMAND_LOOPS = 2;

export interface Target {
  readonly platform: BenchPlatform;
  readonly device: Device;
  readonly channelId: string;
}

/** MQTT, HTTP and commands at once, as fast as they are acknowledged, until the platform is gone. */
export async function loadUntilGone(target: Target, tally: Tally): Promise<void> {
  await Promise.all([
    ...Array.from({ length: MQTT_CONNECTIONS }, () => publishByMqtt(target, tally)),
    ...Array.from({ length: HTTP_LOOPS }, () => publishByHttp(target, tally)),
    ...Array.from({ length: COMMAND_LOOPS }, () => createThings(target, tally)),
  ]);
}

function payload(number: number): string {
  return JSON.stringify([{ n: "number", v: number }]);
}

async function publishByMqtt({ platform, device, channelId }: Target, tally: Tally): Promise<void> {
  const connection = await Deno.connect({ port: platform.mqttPort });
  const flying = new Map<number, number>();
  let lastId = 0;
  const publish = (): Buffer => {
    const number = tally.next++;
    const messageId = lastId = lastId % 65_535 + 1;
    flying.set(messageId, number);
    return mqttPacket.generate({
      cmd: "publish",
      topic: `channels/${channelId}/messages/mqtt`,
      payload: payload(number),
      qos: 1,
      dup: false,
      retain: false,
      messageId,
    });
  };
  const parser = mqttPacket.parser();
  let answer: Buffer[] = [];
  parser.on("packet", (packet) => {
    if (packet.cmd === "connack") answer = Array.from({ length: WINDOW }, publish);
    if (packet.cmd !== "puback") return;
    tally.acknowledged.add(flying.get(packet.messageId!)!);
    flying.delete(packet.messageId!);
    answer.push(publish());
  });
  const clientId = newId();
  const { id: username, key } = device;
  const password = Buffer.from(key);
  try {
    await write(connection, [
      mqttPacket.generate({ cmd: "connect", clientId, username, password, clean: true }),
    ]);
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const length = await connection.read(buffer);
      if (length === null) return;
      answer = [];
      parser.parse(Buffer.from(buffer.subarray(0, length)));
      await write(connection, answer);
    }
  } catch {
    // The platform is gone; what it had not acknowledged stays unknown.
  } finally {
    connection.close();
  }
}

async function write(connection: Deno.Conn, frames: readonly Buffer[]): Promise<void> {
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function publishByHttp({ platform, device, channelId }: Target, tally: Tally): Promise<void> {
  await untilGone(async () => {
    const number = tally.next++;
    const response = await fetch(`${platform.http}/channels/${channelId}/messages/http`, {
      method: "POST",
      headers: {
        authorization: `Thing ${device.key}`,
        "content-type": "application/senml+json",
      },
      body: payload(number),
    });
    await response.body?.cancel();
    if (response.status === 202) tally.acknowledged.add(number);
  });
}

async function createThings({ platform }: Target, tally: Tally): Promise<void> {
  await untilGone(async () => {
    const id = newId();
    await platform.post("/things", { id, name: `thing ${id}` });
    tally.created.add(id);
  });
}

async function untilGone(send: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await send();
    } catch (error) {
      // What fetch throws when nobody listens any more; a refusal in words is a failure of the test.
      if (error instanceof TypeError) return;
      throw error;
    }
  }
}
