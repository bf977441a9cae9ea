import assert from "node:assert/strict";
import type { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import type { MemoryStream } from "./memory_stream.ts";
import { TestClient } from "./test_client.ts";

/** What a message on its way to the client waits for. */
type Waits = "puback" | "pubrec" | "pubcomp";

/**
 * A client that keeps the books of both directions and fails when the server breaks what it must
 * never break: acknowledgements in order and once, packet ids that are not in use, no more in flight
 * than allowed, nothing behind a DISCONNECT.
 */
export class WaryClient {
  readonly version: 4 | 5;
  readonly #stream: MemoryStream;
  readonly #receiveMax: number;
  /** Packet ids in the order in which their acknowledgements must come. */
  readonly #expectedAcks: string[] = [];
  readonly #ownIds = new Set<number>();
  /** Own messages of QoS 2 that wait for a PUBREL. */
  readonly #recorded: number[] = [];
  readonly #incoming = new Map<number, Waits>();
  readonly #toAnswer: { readonly packet: string; readonly id: number; readonly next?: Waits }[] =
    [];
  #nextId = 1;
  hasEnded = false;
  /** Payloads that came, by QoS. */
  readonly received: Readonly<Record<"q0" | "q1" | "q2", string[]>> = { q0: [], q1: [], q2: [] };

  constructor(
    server: MqttServer,
    options: { readonly id: string; readonly version: 4 | 5; readonly receiveMax: number },
  ) {
    const { id, version, receiveMax } = options;
    this.version = version;
    this.#receiveMax = version === 5 ? receiveMax : Infinity;
    this.#stream = new TestClient(server).stream;
    const limit = `receiveMax ${receiveMax.toString(16).padStart(4, "0")}`;
    const block = version === 5 ? `[ ${limit} ]` : "";
    this.#send(`10 [ MQTT 0${version} c2 0000 ${block} '${id}' as1 ]`);
    this.#expectedAcks.push("connack 00");
  }

  /** Nothing is owed any more, in either direction. */
  get isSettled(): boolean {
    return this.#expectedAcks.length === 0 && this.#incoming.size === 0 &&
      this.#recorded.length === 0 && this.#toAnswer.length === 0;
  }

  publish(topic: string, payload: string, qos: 0 | 1 | 2): void {
    if (this.hasEnded) return;
    const block = this.version === 5 ? "[ ]" : "";
    if (qos === 0) return this.#send(`30 [ ${topic} ${block} "${payload}" ]`);
    const id = this.#freeId();
    this.#send(`3${qos * 2} [ ${topic} ${u16(id)} ${block} "${payload}" ]`);
    this.#expectedAcks.push(`${qos === 1 ? "puback" : "pubrec"} ${id}`);
  }

  /** Goes on with the oldest of its own messages of QoS 2. */
  release(): void {
    const id = this.#recorded.shift();
    if (this.hasEnded || id === undefined) return;
    this.#send(`62 [ ${u16(id)} ]`);
    this.#expectedAcks.push(`pubcomp ${id}`);
  }

  subscribe(topic: string, qos: 0 | 1 | 2): void {
    if (this.hasEnded) return;
    const id = this.#freeId();
    this.#send(`82 [ ${u16(id)} ${this.version === 5 ? "[ ]" : ""} ${topic} 0${qos} ]`);
    this.#expectedAcks.push(`suback ${id} 0${qos}`);
  }

  ping(): void {
    if (this.hasEnded) return;
    this.#send("c0 00");
    this.#expectedAcks.push("pingresp");
  }

  /** Sends the oldest answer that it owes. */
  answer(): void {
    const owed = this.#toAnswer.shift();
    if (this.hasEnded || owed === undefined) return;
    const { packet, id, next } = owed;
    if (next === undefined) this.#incoming.delete(id);
    else this.#incoming.set(id, next);
    this.#send(`${packet} [ ${u16(id)} ]`);
  }

  disconnect(): void {
    if (this.hasEnded) return;
    this.#send("e0 00");
    this.hasEnded = true;
    this.#expectedAcks.length = this.#recorded.length = this.#toAnswer.length = 0;
    this.#incoming.clear();
  }

  /** Enters everything that came into the books. */
  listen(): void {
    for (const { line } of tell(this.#stream.written(), this.version)) {
      if (this.hasEnded) continue;
      const [type, rest = ""] = line.split(" ", 2);
      if (type === "publish") this.#published(line);
      else if (type === "pubrel") this.#released(Number(rest));
      else this.#acknowledged(line);
    }
  }

  #acknowledged(line: string): void {
    // Answers of one kind come in the order of what they answer; kinds may overtake each other.
    const [kind] = line.split(" ");
    const index = this.#expectedAcks.findIndex((each) => each.split(" ")[0] === kind);
    assert.equal(line, this.#expectedAcks[index], "the next answer of its kind");
    this.#expectedAcks.splice(index, 1);
    const id = Number(line.split(" ")[1]);
    if (kind === "pubrec") this.#recorded.push(id);
    else this.#ownIds.delete(id);
  }

  #published(line: string): void {
    const [, qos, id, payload] = /^publish q([012])(?: #(\d+))? .*: (.*)$/.exec(line)!;
    this.received[`q${qos as "0" | "1" | "2"}`].push(payload!);
    if (qos === "0") return;
    const packetId = Number(id);
    assert.equal(line.includes(" dup"), false, "nothing is sent twice on one connection");
    assert.equal(this.#incoming.has(packetId), false, `packet id ${packetId} is in use`);
    assert.ok(packetId > 0);
    this.#incoming.set(packetId, qos === "1" ? "puback" : "pubrec");
    assert.ok(this.#incoming.size <= this.#receiveMax, "no more in flight than allowed");
    this.#toAnswer.push(
      qos === "1"
        ? { packet: "40", id: packetId }
        : { packet: "50", id: packetId, next: "pubcomp" },
    );
  }

  #released(id: number): void {
    assert.equal(this.#incoming.get(id), "pubcomp", `PUBREL ${id} answers a PUBREC`);
    this.#toAnswer.push({ packet: "70", id });
  }

  #freeId(): number {
    while (this.#ownIds.has(this.#nextId)) this.#nextId++;
    const id = this.#nextId;
    this.#nextId = id % 20 + 1;
    this.#ownIds.add(id);
    return id;
  }

  #send(notation: string): void {
    this.#stream.push(bytesOf(notation));
  }
}

function u16(id: number): string {
  return id.toString(16).padStart(4, "0");
}
