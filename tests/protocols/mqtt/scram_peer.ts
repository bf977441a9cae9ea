import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import type { MqttServer, Peer } from "../../../protocols/mqtt/mod.ts";
import { THING_1 } from "./installation.ts";
import { ScramClient } from "./admission/scram_client.ts";
import { type Packet, quiet, TestClient } from "./test_client.ts";

export const METHOD = "SCRAM-SHA-256";

/** Turns of the event loop, each with a proof that may be computed on another thread meanwhile. */
const TURNS_MAX = 2_000;

interface Answer {
  readonly cmd: string;
  readonly code: number;
  readonly method?: string;
  readonly said?: string;
  readonly reason?: string;
}

/** A client of MQTT 5.0 that authenticates by a method, packet by packet. */
export class ScramPeer {
  readonly #client: TestClient;
  readonly #heard: Packet[] = [];
  readonly scram: ScramClient;

  constructor(
    server: MqttServer,
    { name = THING_1, key = "key-1", nonce, gs2Header, peer = {} }: {
      readonly name?: string;
      readonly key?: string;
      readonly nonce?: string;
      readonly gs2Header?: string;
      readonly peer?: Partial<Peer>;
    } = {},
  ) {
    this.#client = new TestClient(server, peer);
    this.scram = new ScramClient(name, key, {
      ...(nonce === undefined ? {} : { nonce }),
      ...(gs2Header === undefined ? {} : { gs2Header }),
    });
  }

  get isClosed(): boolean {
    return this.#client.isClosed;
  }

  /** The client's side of the connection ends. */
  leave(): void {
    this.#client.stream.end();
  }

  connect(
    options: Partial<mqttPacket.IConnectPacket> = {},
    properties: mqttPacket.IConnectPacket["properties"] = {},
  ): void {
    this.send({
      cmd: "connect",
      protocolVersion: 5,
      clientId: "device",
      clean: true,
      ...options,
      properties: {
        authenticationMethod: METHOD,
        authenticationData: Buffer.from(this.scram.first),
        ...properties,
      },
    });
  }

  auth(reasonCode: 0x18 | 0x19, said: string, method = METHOD): void {
    this.send({
      cmd: "auth",
      reasonCode,
      properties: { authenticationMethod: method, authenticationData: Buffer.from(said) },
    });
  }

  send(packet: Packet | Uint8Array): void {
    const bytes = packet instanceof Uint8Array
      ? packet
      : mqttPacket.generate(packet, { protocolVersion: 5 });
    this.#client.stream.push(new Uint8Array(bytes));
  }

  /** The next packet. */
  async next(): Promise<Answer> {
    for (let turn = 0; turn < TURNS_MAX && this.#heard.length === 0; turn++) {
      await quiet();
      this.#take();
    }
    const packet = this.#heard.shift();
    assert.ok(packet !== undefined, "nothing more was heard");
    const { authenticationMethod: method, authenticationData, reasonString: reason } =
      (packet as { properties?: Record<string, string> }).properties ?? {};
    return {
      cmd: packet.cmd,
      code: (packet as { reasonCode?: number }).reasonCode ?? 0,
      ...(method === undefined ? {} : { method }),
      ...(authenticationData === undefined ? {} : { said: `${authenticationData}` }),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** The code of the packet that comes last before the server closes. */
  async refused(cmd: "connack" | "disconnect" = "connack"): Promise<number> {
    const answer = await this.next();
    assert.equal(answer.cmd, cmd);
    await this.closed();
    return answer.code;
  }

  /** Resolves when the server has closed, having said nothing more. */
  async closed(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX && !this.isClosed; turn++) await quiet();
    this.#take();
    assert.deepEqual([this.isClosed, this.#heard], [true, []]);
  }

  /** Goes as far as the server's question. */
  async asked(
    options?: Partial<mqttPacket.IConnectPacket>,
    properties?: mqttPacket.IConnectPacket["properties"],
  ): Promise<string> {
    this.connect(options, properties);
    const { said, ...question } = await this.next();
    assert.deepEqual(question, { cmd: "auth", code: 0x18, method: METHOD });
    return said!;
  }

  /** A client that is connected. */
  static async connected(server: MqttServer): Promise<ScramPeer> {
    const peer = new ScramPeer(server);
    peer.auth(0x18, peer.scram.final(await peer.asked()));
    assert.equal((await peer.next()).code, 0);
    return peer;
  }

  #take(): void {
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    parser.on("packet", (packet) => this.#heard.push(packet));
    parser.on("error", (error) => assert.fail(String(error)));
    parser.parse(Buffer.from(this.#client.stream.written()));
  }
}
