import type { Rejection } from "../../actors/mod.ts";
import type { Settlement, Waiter } from "../ingress/mod.ts";
import {
  MqttError,
  notAllowed,
  PUBACK,
  PUBCOMP,
  PUBREC,
  ReasonCode,
  writeReasonedAck,
} from "./codec/mod.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";
import type { MqttCounters } from "./counters.ts";
import type { OutBuffer } from "./out_buffer.ts";
import { reasonOfRejection } from "./translate.ts";

const FIRST_ENTRIES = 64;
/** One bit for each packet id. */
const ID_SET_BYTES = 65_536 / 8;
const QOS_SHIFT = 16;
const QOS_MASK = 0b11;
/** Reason code of a message that was refused before ingress saw it; 0 for one that ingress has. */
const REASON_SHIFT = 24;

/** Where a session that outlives its connection notes what its client released. */
export interface InboundJournal {
  /** Calls back when it cannot be lost any more. */
  released(packetId: number, then: () => void): void;
}

/** Why a message is not taken, for a client of MQTT 5. */
export interface MessageRefusal {
  readonly reasonCode: ReasonCode;
  readonly reason: string;
}

/** Ends the connection, in MQTT 5 with a reason code. */
type OnRejected = (rejection: Rejection) => void;

/**
 * What one publisher has sent and not been told about: acknowledges messages in their order when
 * they are durable, and keeps QoS 2 from being stored twice.
 */
export class Inbound implements Waiter {
  readonly #out: OutBuffer;
  readonly #onRejected: OnRejected;
  readonly #unsettledMax: number;
  readonly #version: 4 | 5;
  readonly #receiveMaximum: number;
  readonly #wordsBytesMax: number;
  readonly #counters: Pick<MqttCounters, "publish" | "refusals">;
  /** By packet id: why a message was refused whose answer waits; made with the first of them. */
  #words: Map<number, string> | undefined;
  /** QoS 2 messages between their first PUBLISH and PUBREL; QoS 1 messages without PUBACK. */
  #unreleased = 0;
  #unacknowledged = 0;
  #changed = false;
  /** Ring of `reason << 24 | qos << 16 | packetId`; its length is a power of 2. */
  #ring = new Uint32Array(FIRST_ENTRIES);
  #head = 0;
  #count = 0;
  /** QoS 2 packet ids from the first PUBLISH to PUBREL, and from PUBREC to PUBREL. */
  #received: Uint8Array | undefined;
  #recorded: Uint8Array | undefined;
  #waiters: (() => void)[] = [];
  /** Set for a session that outlives its connection. */
  journal: InboundJournal | undefined;
  accepted = 0;

  constructor(
    out: OutBuffer,
    options: {
      readonly version: 4 | 5;
      readonly unsettledMax: number;
      /** Of MQTT 5: messages of QoS 1 and 2 that the client may have under way. */
      readonly receiveMaximum: number;
      /** Of MQTT 5: bytes of the largest acknowledgement that may have words. */
      readonly wordsBytesMax: number;
      readonly counters: Pick<MqttCounters, "publish" | "refusals">;
      /** MQTT 3.1.1 has no other answer to a message that was refused. */
      readonly onRejected: OnRejected;
    },
  ) {
    this.#out = out;
    this.#version = options.version;
    this.#receiveMaximum = options.receiveMaximum;
    this.#wordsBytesMax = options.wordsBytesMax;
    this.#counters = options.counters;
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
    if (qos === 1) this.#unacknowledged++; // [MQTT5-4.3.2-5]: of QoS 1 no id is remembered
    this.#push(qos << QOS_SHIFT | packetId);
  }

  /** Of MQTT 5: answers a message with a reason, when those before it are answered [MQTT5-4.6.0-2]. */
  refuse(packetId: number, qos: 1 | 2, { reasonCode, reason }: MessageRefusal): void {
    if (this.#wordsBytesMax > 0) (this.#words ??= new Map()).set(packetId, reason);
    this.#push((reasonCode << REASON_SHIFT | qos << QOS_SHIFT | packetId) >>> 0);
    this.#answerRefused();
  }

  /** Throws MqttError if the client has more under way than it was told to [MQTT5-3.3.4-7]. */
  checkReceiveMaximum(): void {
    if (this.#version === 4) return;
    if (this.#unreleased + this.#unacknowledged <= this.#receiveMaximum) return;
    throw new MqttError(
      `Cannot take another message: ${this.#receiveMaximum} of QoS 1 and 2 are under way`,
      ReasonCode.receiveMaximumExceeded,
    );
  }

  /**
   * True for the first PUBLISH of a QoS 2 message. [MQTT-4.3.3-2] [MQTT5-4.3.3-10] [MQTT5-4.3.3-13]:
   * another one before PUBREL is answered and not stored again, whether it expired or not.
   */
  isFirst(packetId: number): boolean {
    const received = this.#received ??= new Uint8Array(ID_SET_BYTES);
    const recorded = this.#recorded ??= new Uint8Array(ID_SET_BYTES);
    if (!has(received, packetId)) {
      add(received, packetId);
      this.#unreleased++;
      return true;
    }
    if (has(recorded, packetId)) this.#out.appendAck(PUBREC, packetId);
    return false;
  }

  /** Whether a QoS 2 message holds the id. */
  isUnreleased(packetId: number): boolean {
    return this.#received !== undefined && has(this.#received, packetId);
  }

  /** True if QoS 2 messages were received since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** Packet ids of QoS 2 messages that were stored and not released. */
  received(): readonly number[] {
    const ids: number[] = [];
    if (this.#unreleased === 0) return ids;
    for (let id = 1; id < 65_536; id++) if (has(this.#recorded!, id)) ids.push(id);
    return ids;
  }

  /** Takes over what an earlier connection of the session had received. */
  resume(packetIds: readonly number[]): void {
    for (const packetId of packetIds) {
      this.isFirst(packetId);
      add(this.#recorded!, packetId);
    }
  }

  /** Takes a PUBREL. [MQTT-4.3.3-2] [MQTT5-4.3.3-11]: answered even if the id is not in use. */
  release(packetId: number): void {
    if (this.#received !== undefined && has(this.#received, packetId)) {
      if (!has(this.#recorded!, packetId)) {
        throw notAllowed(`Cannot take PUBREL '${packetId}': no PUBREC was sent for it`);
      }
      this.#forget(packetId); // [MQTT5-4.3.3-12]
      // Once the client has the PUBCOMP it uses the id for another message.
      if (this.journal !== undefined) {
        return this.journal.released(packetId, () => this.#out.appendAck(PUBCOMP, packetId));
      }
    } else if (this.#version === 5) {
      return this.#answer(PUBCOMP, packetId, { reasonCode: ReasonCode.packetIdentifierNotFound });
    }
    this.#out.appendAck(PUBCOMP, packetId);
  }

  // [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT5-3.3.4-1] [MQTT5-4.3.2-4]
  // [MQTT5-4.3.3-8]: in the order of the messages, and one write for all, because the out-buffer is
  // flushed after this turn.
  settle({ count, rejection, waitedSeconds }: Settlement): void {
    this.#counters.publish.observe(waitedSeconds, count);
    if (rejection !== undefined) {
      this.#counters.refusals.add("publish", { reason: rejection.code, times: count });
    }
    for (let i = 0; i < count && this.#count > 0; i++) {
      const entry = this.#shift();
      const packetId = entry & 0xffff;
      if (entry >> QOS_SHIFT === 1) {
        this.#unacknowledged--;
        if (rejection === undefined) this.#out.appendAck(PUBACK, packetId);
        else this.#answerRejected(PUBACK, packetId, rejection);
      } else if (rejection === undefined) {
        add(this.#recorded!, packetId);
        this.#changed = true;
        this.#out.appendAck(PUBREC, packetId);
      } else {
        this.#forget(packetId); // [MQTT5-4.3.3-9]
        this.#answerRejected(PUBREC, packetId, rejection);
      }
      this.#answerRefused();
    }
    if (rejection !== undefined && this.#version === 4) this.#onRejected(rejection);
    this.wake();
  }

  /** Lets those look again who wait for `settled`. */
  wake(): void {
    if (this.#waiters.length === 0) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** Answers what was refused and stands first. */
  #answerRefused(): void {
    while (this.#count > 0) {
      const entry = this.#ring[this.#head]!;
      const reasonCode = entry >>> REASON_SHIFT;
      if (reasonCode === 0) return;
      this.#shift();
      const first = (entry >> QOS_SHIFT & QOS_MASK) === 1 ? PUBACK : PUBREC;
      const packetId = entry & 0xffff;
      this.#answer(first, packetId, { reasonCode, reason: this.#words?.get(packetId) });
      this.#words?.delete(packetId);
    }
  }

  #answerRejected(first: number, packetId: number, rejection: Rejection): void {
    if (this.#version === 4) return;
    const { message: reason } = rejection;
    this.#answer(first, packetId, { reasonCode: reasonOfRejection(rejection), reason });
  }

  #answer(
    first: number,
    packetId: number,
    { reasonCode, reason }: { readonly reasonCode: number; readonly reason?: string | undefined },
  ): void {
    const reasonString = reason?.slice(0, REASON_LENGTH_MAX);
    const wordsBytesMax = this.#wordsBytesMax;
    this.#out.append(
      writeReasonedAck(first, { packetId, reasonCode, reasonString, wordsBytesMax }),
    );
  }

  #forget(packetId: number): void {
    remove(this.#received!, packetId);
    remove(this.#recorded!, packetId);
    this.#unreleased--;
  }

  #push(entry: number): void {
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#count) & (this.#ring.length - 1)] = entry;
    this.#count++;
  }

  #shift(): number {
    const entry = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#count--;
    return entry;
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
