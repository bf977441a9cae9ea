import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { MqttServer, type Peer } from "../../../protocols/mqtt/mod.ts";
import { MemoryStream } from "./memory_stream.ts";
import { THING_1 } from "./installation.ts";

export type Packet = mqttPacket.Packet;

/** Lets everything happen that does not wait for a clock. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Decodes what a server sent, with the library and not with the code under test. */
export function decode(
  bytes: Uint8Array,
  options: { readonly protocolVersion?: 4 | 5 } = {},
): Packet[] {
  const packets: Packet[] = [];
  const parser = mqttPacket.parser(options);
  parser.on("packet", (packet) => packets.push(packet));
  parser.on("error", (error) => assert.fail(String(error)));
  parser.parse(Buffer.from(bytes));
  return packets;
}

export function connectPacket(
  clientId: string,
  options: Partial<mqttPacket.IConnectPacket> = {},
): Packet {
  const password = Buffer.from("key-1");
  return { cmd: "connect", clientId, username: THING_1, password, clean: true, ...options };
}

export function publishPacket(
  topic: string,
  payload: string,
  options: { qos?: 0 | 1 | 2; id?: number; retain?: boolean; dup?: boolean } = {},
): Packet {
  const { qos = 0, id, retain = false, dup = false } = options;
  const messageId = id === undefined ? {} : { messageId: id };
  return { cmd: "publish", topic, payload, qos, retain, dup, ...messageId };
}

export function subscribePacket(
  messageId: number,
  filters: { [filter: string]: 0 | 1 | 2 },
): Packet {
  const subscriptions = Object.entries(filters).map(([topic, qos]) => ({ topic, qos }));
  return { cmd: "subscribe", messageId, subscriptions };
}

/** One line for each packet, short enough to compare at a glance. */
export function told(packets: readonly Packet[]): string[] {
  return packets.map((packet) => {
    switch (packet.cmd) {
      case "connack":
        return `connack ${packet.returnCode}${packet.sessionPresent ? " present" : ""}`;
      case "publish": {
        const flags = `${packet.dup ? " dup" : ""}${packet.retain ? " retain" : ""}`;
        const id = packet.qos === 0 ? "" : ` #${packet.messageId}`;
        return `publish${id} q${packet.qos}${flags} ${packet.topic}: ${packet.payload}`;
      }
      case "suback":
        return `suback #${packet.messageId} ${packet.granted.join(",")}`;
      default:
        return packet.messageId === undefined ? packet.cmd : `${packet.cmd} #${packet.messageId}`;
    }
  });
}

/** A client on a connection in memory. */
export class TestClient {
  readonly stream = new MemoryStream();

  constructor(server: MqttServer, peer: Partial<Peer> = {}) {
    server.attach(this.stream, { remoteAddress: "192.0.2.1:50000", transport: "tcp", ...peer });
  }

  /** A client whose CONNECT was accepted; thing 1 unless told otherwise. */
  static async connected(
    server: MqttServer,
    clientId: string,
    options: Partial<mqttPacket.IConnectPacket> = {},
  ): Promise<TestClient> {
    const client = new TestClient(server);
    assert.deepEqual(await client.exchange(connectPacket(clientId, options)), ["connack 0"]);
    return client;
  }

  get isClosed(): boolean {
    return this.stream.isClosed;
  }

  send(...packets: (Packet | Uint8Array)[]): void {
    const frames = packets.map((packet) =>
      packet instanceof Uint8Array ? packet : mqttPacket.generate(packet)
    );
    this.stream.push(new Uint8Array(Buffer.concat(frames)));
  }

  /** What came since the last call. */
  async heard(): Promise<string[]> {
    await quiet();
    return told(decode(this.stream.written()));
  }

  async exchange(...packets: (Packet | Uint8Array)[]): Promise<string[]> {
    this.send(...packets);
    return await this.heard();
  }
}
