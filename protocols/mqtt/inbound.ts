import { ProtocolError, type Rejection } from "../../actors/mod.ts";
import type { Settlement, Waiter } from "../ingress/mod.ts";
import { PUBACK, PUBCOMP, PUBREC } from "./codec/mod.ts";
import type { OutBuffer } from "./out_buffer.ts";

const FIRST_ENTRIES = 64;
/** One bit for each packet id. */
const ID_SET_BYTES = 65_536 / 8;

/**
 * What one publisher has sent and not been told about: acknowledges messages in their order when
 * they are durable, and keeps QoS 2 from being stored twice.
 */
export class Inbound implements Waiter {
  readonly #out: OutBuffer;
  readonly #onRejected: (rejection: Rejection) => void;
  readonly #unsettledMax: number;
  /** Ring of `qos << 16 | packetId`; its length is a power of 2. */
  #ring = new Uint32Array(FIRST_ENTRIES);
  #head = 0;
  #count = 0;
  /** QoS 2 packet ids from the first PUBLISH to PUBREL, and from PUBREC to PUBREL. */
  #received: Uint8Array | undefined;
  #recorded: Uint8Array | undefined;
  #waiters: (() => void)[] = [];
  accepted = 0;

  constructor(
    out: OutBuffer,
    options: {
      readonly unsettledMax: number;
      readonly onRejected: (rejection: Rejection) => void;
    },
  ) {
    this.#out = out;
    this.#unsettledMax = options.unsettledMax;
    this.#onRejected = options.onRejected;
  }

  /** True while the publisher is so far ahead of the store that its socket must not be read. */
  get isFull(): boolean {
    return this.#count >= this.#unsettledMax;
  }

  get unsettled(): number {
    return this.#count;
  }

  /** Resolves when some more messages are settled. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Notes a message that is handed to ingress next, in this order. */
  expect(packetId: number, qos: 1 | 2): void {
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#count) & (this.#ring.length - 1)] = qos << 16 | packetId;
    this.#count++;
  }

  /**
   * True for the first PUBLISH of a QoS 2 message. [MQTT-4.3.3-2]: another one before PUBREL is
   * answered and not stored again.
   */
  isFirst(packetId: number): boolean {
    const received = this.#received ??= new Uint8Array(ID_SET_BYTES);
    const recorded = this.#recorded ??= new Uint8Array(ID_SET_BYTES);
    if (!has(received, packetId)) {
      add(received, packetId);
      return true;
    }
    if (has(recorded, packetId)) this.#out.appendAck(PUBREC, packetId);
    return false;
  }

  /** Takes a PUBREL. [MQTT-4.3.3-2]: answered even if the id is not in use. */
  release(packetId: number): void {
    if (this.#received !== undefined && has(this.#received, packetId)) {
      if (!has(this.#recorded!, packetId)) {
        throw new ProtocolError(`Cannot take PUBREL '${packetId}': no PUBREC was sent for it`);
      }
      remove(this.#received, packetId);
      remove(this.#recorded!, packetId);
    }
    this.#out.appendAck(PUBCOMP, packetId);
  }

  // [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.6.0-5]: in the order of the messages, and one write for
  // all, because the out-buffer is flushed after this turn.
  settle({ count, rejection }: Settlement): void {
    const mask = this.#ring.length - 1;
    for (let i = 0; i < count && this.#count > 0; i++) {
      const entry = this.#ring[this.#head]!;
      this.#head = (this.#head + 1) & mask;
      this.#count--;
      if (rejection !== undefined) continue;
      const packetId = entry & 0xffff;
      if (entry >> 16 === 1) {
        this.#out.appendAck(PUBACK, packetId);
      } else {
        add(this.#recorded!, packetId);
        this.#out.appendAck(PUBREC, packetId);
      }
    }
    if (rejection !== undefined) this.#onRejected(rejection);
    this.wake();
  }

  /** Lets those look again who wait for `settled`. */
  wake(): void {
    if (this.#waiters.length === 0) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #grow(): void {
    const grown = new Uint32Array(this.#ring.length * 2);
    for (let i = 0; i < this.#count; i++) {
      grown[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]!;
    }
    this.#ring = grown;
    this.#head = 0;
  }
}

function has(ids: Uint8Array, id: number): boolean {
  return (ids[id >> 3]! & 1 << (id & 7)) !== 0;
}

function add(ids: Uint8Array, id: number): void {
  ids[id >> 3]! |= 1 << (id & 7);
}

function remove(ids: Uint8Array, id: number): void {
  ids[id >> 3]! &= ~(1 << (id & 7));
}
