import { ProtocolError } from "../../actors/mod.ts";
import { PUBREL } from "./codec/mod.ts";
import type { MqttCounters } from "./counters.ts";
import type { MqttLimits } from "./limits.ts";
import type { OutBuffer } from "./out_buffer.ts";

type Qos = 0 | 1 | 2;

/** What the subscriber must send next about the message that holds a packet id. */
const FREE = 0;
const AWAITS_PUBACK = 1;
const AWAITS_PUBREC = 2;
const AWAITS_PUBCOMP = 3;

interface Queued {
  readonly frame: Uint8Array;
  readonly qos: Qos;
}

/**
 * Messages on their way to one subscriber: a bounded window of QoS 1 and 2, a bounded queue behind
 * it, and QoS 0 as long as the socket takes it.
 */
export class Outbound {
  readonly #out: OutBuffer;
  readonly #limits: MqttLimits;
  readonly #counters: MqttCounters;
  readonly #onOverflow: () => void;
  /** By packet id; made with the first message of QoS 1 or 2. */
  #states: Uint8Array | undefined;
  #lastId = 0;
  #inflight = 0;
  #queue: Queued[] = [];
  #queueHead = 0;
  #queueBytes = 0;
  #holds = 0;
  #roomWaiters: (() => void)[] = [];
  #closed = false;
  sent = 0;
  dropped = 0;

  constructor(
    out: OutBuffer,
    options: {
      readonly limits: MqttLimits;
      readonly counters: MqttCounters;
      /** QoS 1 or 2 came faster than the subscriber took it, for too long. */
      readonly onOverflow: () => void;
    },
  ) {
    this.#out = out;
    this.#limits = options.limits;
    this.#counters = options.counters;
    this.#onOverflow = options.onOverflow;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends a live message, or queues it, or (QoS 0 only) drops and counts it. */
  send(frame: Uint8Array, qos: Qos): void {
    if (this.#closed) return;
    if (this.#holds === 0) {
      if (qos === 0) {
        if (this.#socketTakes(frame)) this.#put(frame, 0);
        else this.#drop();
        return;
      }
      // [MQTT-4.6.0-6]: what is queued goes first.
      if (this.#queueHead === this.#queue.length && this.#takes(frame, qos)) {
        this.#put(frame, qos);
        return;
      }
    }
    this.#enqueue(frame, qos);
  }

  /** Lets live messages queue until as many `release` as `hold` were called. */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    this.drain();
  }

  /** Sends past a hold, as soon as there is room. */
  async sendHeld(frame: Uint8Array, qos: Qos): Promise<void> {
    while (!this.#closed && !this.#takes(frame, qos)) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    if (!this.#closed) this.#put(frame, qos);
  }

  /** Sends what queued, as far as window and socket allow. */
  drain(): void {
    if (this.#roomWaiters.length > 0) {
      for (const resolve of this.#roomWaiters.splice(0)) resolve();
    }
    while (this.#holds === 0 && this.#queueHead < this.#queue.length) {
      const { frame, qos } = this.#queue[this.#queueHead]!;
      if (!this.#takes(frame, qos)) break;
      this.#queueHead++;
      this.#queueBytes -= frame.length;
      this.#put(frame, qos);
    }
    if (this.#queueHead === this.#queue.length) this.#queue = [];
    else if (this.#queueHead >= 1_024) this.#queue = this.#queue.slice(this.#queueHead);
    else return;
    this.#queueHead = 0;
  }

  /** Takes a PUBACK. One for a packet id that is not in use changes nothing. */
  acknowledged(packetId: number): void {
    const state = this.#stateOf(packetId);
    if (state === FREE) return;
    if (state !== AWAITS_PUBACK) {
      throw new ProtocolError(`Cannot take PUBACK '${packetId}': the message has QoS 2`);
    }
    this.#free(packetId);
  }

  /** Takes a PUBREC. [MQTT-4.3.3-1]: from here on only PUBREL is sent for this message. */
  received(packetId: number): void {
    const state = this.#stateOf(packetId);
    if (state === AWAITS_PUBACK) {
      throw new ProtocolError(`Cannot take PUBREC '${packetId}': the message has QoS 1`);
    }
    if (state === AWAITS_PUBREC) this.#states![packetId] = AWAITS_PUBCOMP;
    // Also for an id that is not in use: the client can then forget it.
    this.#out.appendAck(PUBREL, packetId);
  }

  /** Takes a PUBCOMP. One for a packet id that is not in use changes nothing. */
  completed(packetId: number): void {
    const state = this.#stateOf(packetId);
    if (state === FREE) return;
    if (state !== AWAITS_PUBCOMP) {
      throw new ProtocolError(`Cannot take PUBCOMP '${packetId}': no PUBREL was sent for it`);
    }
    this.#free(packetId);
  }

  /** Forgets everything that waits. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#queueHead = this.#queueBytes = 0;
    this.#states = undefined;
    this.#inflight = 0;
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }

  #socketTakes(frame: Uint8Array): boolean {
    const { pendingBytes } = this.#out;
    return pendingBytes === 0 || pendingBytes + frame.length <= this.#limits.outBytesMax;
  }

  #takes(frame: Uint8Array, qos: Qos): boolean {
    return (qos === 0 || this.#inflight < this.#limits.inflightMax) && this.#socketTakes(frame);
  }

  #put(frame: Uint8Array, qos: Qos): void {
    this.sent++;
    this.#counters.messagesOut++;
    if (qos === 0) this.#out.append(frame);
    else this.#out.appendPublish(frame, this.#take(qos === 1 ? AWAITS_PUBACK : AWAITS_PUBREC));
  }

  // [MQTT-2.3.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1]: an id that is not in use; the window is smaller
  // than the number of ids, so there is one.
  #take(state: number): number {
    const { inflightMax } = this.#limits;
    const states = this.#states ??= new Uint8Array(inflightMax + 1);
    let packetId = this.#lastId;
    do packetId = packetId === inflightMax ? 1 : packetId + 1; while (states[packetId] !== FREE);
    states[packetId] = state;
    this.#lastId = packetId;
    this.#inflight++;
    return packetId;
  }

  #free(packetId: number): void {
    this.#states![packetId] = FREE;
    this.#inflight--;
    if (this.#queue.length > 0 || this.#roomWaiters.length > 0) this.drain();
  }

  #stateOf(packetId: number): number {
    return this.#states?.[packetId] ?? FREE;
  }

  #enqueue(frame: Uint8Array, qos: Qos): void {
    if (this.#queueBytes + frame.length > this.#limits.queueBytesMax) {
      if (qos === 0) this.#drop();
      else this.#onOverflow();
      return;
    }
    this.#queue.push({ frame, qos });
    this.#queueBytes += frame.length;
  }

  #drop(): void {
    this.dropped++;
    this.#counters.messagesDropped++;
  }
}
