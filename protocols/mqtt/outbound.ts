import type { Clock } from "../../actors/mod.ts";
import { FIRST_FAILURE, notAllowed, PUBREL, ReasonCode, writeReasonedAck } from "./codec/mod.ts";
import type { MqttCounters } from "./counters.ts";
import type { MqttLimits } from "./limits.ts";
import type { OutBuffer } from "./out_buffer.ts";
import { OutboundAliases } from "./topic_aliases.ts";

type Qos = 0 | 1 | 2;

/** What the subscriber must send next about the message that holds a packet id. */
const FREE = 0;
const AWAITS_PUBACK = 1;
const AWAITS_PUBREC = 2;
const AWAITS_PUBCOMP = 3;

/** When a message is of no use any more [MQTT5-3.3.2-5]. */
export interface Expiry {
  readonly untilMs: number;
  /** Where the seconds that are left stand in the frame [MQTT5-3.3.2-6]; MQTT 3.1.1 does not say. */
  readonly at?: number;
}

/** What few messages need. */
export interface Sending {
  readonly expiry?: Expiry;
  /** Told when the message did not reach this subscriber, which is one of several that share it. */
  readonly onUndelivered?: () => void;
}

interface Queued {
  readonly frame: Uint8Array;
  readonly qos: Qos;
  readonly sending: Sending;
}

/** What the client said of itself in its CONNECT; 3.1.1 clients say nothing. */
export interface ClientTerms {
  /** 5 tells why an acknowledgement is odd. */
  readonly version: 4 | 5;
  /** QoS 1 and 2 messages that it takes at once [MQTT5-3.3.4-9]. */
  readonly receiveMaximum: number;
  /** Bytes of the largest packet that it takes [MQTT5-3.1.2-24]. */
  readonly packetBytesMax: number;
  readonly topicAliasMaximum: number;
}

const NOTHING_SPECIAL: Sending = {};

/**
 * Messages on their way to one subscriber: a bounded window of QoS 1 and 2, a bounded queue behind
 * it, and QoS 0 as long as the socket takes it.
 */
export class Outbound {
  readonly #out: OutBuffer;
  readonly #limits: MqttLimits;
  readonly #counters: MqttCounters;
  readonly #onOverflow: () => void;
  readonly #clock: Clock;
  readonly #client: ClientTerms;
  readonly #window: number;
  readonly #aliases: OutboundAliases | undefined;
  /** By packet id: whom to tell if the message is not acknowledged; made with the first of them. */
  #undelivered: Map<number, () => void> | undefined;
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
      readonly clock: Clock;
      readonly client: ClientTerms;
      /** QoS 1 or 2 came faster than the subscriber took it, for too long. */
      readonly onOverflow: () => void;
    },
  ) {
    this.#out = out;
    this.#limits = options.limits;
    this.#counters = options.counters;
    this.#onOverflow = options.onOverflow;
    this.#clock = options.clock;
    this.#client = options.client;
    this.#window = Math.min(options.limits.inflightMax, options.client.receiveMaximum);
    const { topicAliasMaximum } = options.client;
    this.#aliases = topicAliasMaximum > 0 ? new OutboundAliases(topicAliasMaximum) : undefined;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Of the largest packet that the client takes. */
  get packetBytesMax(): number {
    return this.#client.packetBytesMax;
  }

  /** True if a message of QoS 1 or 2 would go out at once. */
  get isReady(): boolean {
    return !this.#closed && this.#holds === 0 && this.#queueHead === this.#queue.length &&
      this.#inflight < this.#window && this.#out.pendingBytes < this.#limits.outBytesMax;
  }

  /** Sends a live message, or queues it, or (QoS 0 only) drops and counts it. */
  send(frame: Uint8Array, qos: Qos, sending: Sending = NOTHING_SPECIAL): void {
    if (this.#closed) return sending.onUndelivered?.();
    if (this.#holds === 0) {
      if (qos === 0) {
        if (this.#socketTakes(frame)) this.#put({ frame, qos, sending });
        else this.#drop();
        return;
      }
      // [MQTT-4.6.0-6]: what is queued goes first.
      if (this.#queueHead === this.#queue.length && this.#takes(frame, qos)) {
        this.#put({ frame, qos, sending });
        return;
      }
    }
    this.#enqueue({ frame, qos, sending });
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
  async sendHeld(frame: Uint8Array, qos: Qos, sending: Sending = NOTHING_SPECIAL): Promise<void> {
    while (!this.#closed && !this.#takes(frame, qos)) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    if (!this.#closed) this.#put({ frame, qos, sending });
  }

  /** Sends what queued, as far as window and socket allow. */
  drain(): void {
    if (this.#roomWaiters.length > 0) {
      for (const resolve of this.#roomWaiters.splice(0)) resolve();
    }
    while (this.#holds === 0 && this.#queueHead < this.#queue.length) {
      const queued = this.#queue[this.#queueHead]!;
      if (!this.#takes(queued.frame, queued.qos)) break;
      this.#queueHead++;
      this.#queueBytes -= queued.frame.length;
      this.#put(queued);
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
      throw notAllowed(`Cannot take PUBACK '${packetId}': the message has QoS 2`);
    }
    this.#free(packetId);
  }

  /** Takes a PUBREC. [MQTT-4.3.3-1]: from here on only PUBREL is sent for this message. */
  received(packetId: number, reasonCode: number): void {
    const state = this.#stateOf(packetId);
    if (state === AWAITS_PUBACK) {
      throw notAllowed(`Cannot take PUBREC '${packetId}': the message has QoS 1`);
    }
    // [MQTT5-4.3.3-4]: a refusal ends the exchange, and no PUBREL is sent.
    if (reasonCode >= FIRST_FAILURE) {
      if (state === AWAITS_PUBREC) this.#free(packetId);
      return;
    }
    if (state === FREE && this.#client.version === 5) {
      const reasonCode = ReasonCode.packetIdentifierNotFound;
      return this.#out.append(writeReasonedAck(PUBREL, { packetId, reasonCode }));
    }
    if (state === AWAITS_PUBREC) this.#states![packetId] = AWAITS_PUBCOMP;
    this.#undelivered?.delete(packetId);
    // Also for an id that is not in use: the client can then forget it.
    this.#out.appendAck(PUBREL, packetId);
  }

  /** Takes a PUBCOMP. One for a packet id that is not in use changes nothing. */
  completed(packetId: number): void {
    const state = this.#stateOf(packetId);
    if (state === FREE) return;
    if (state !== AWAITS_PUBCOMP) {
      throw notAllowed(`Cannot take PUBCOMP '${packetId}': no PUBREL was sent for it`);
    }
    this.#free(packetId);
  }

  /** Forgets everything that waits, and hands on what is shared with others. */
  close(): void {
    this.#closed = true;
    const undelivered = [...this.#undelivered?.values() ?? []];
    for (const { sending } of this.#queue.slice(this.#queueHead)) {
      if (sending.onUndelivered !== undefined) undelivered.push(sending.onUndelivered);
    }
    this.#undelivered = undefined;
    this.#queue = [];
    this.#queueHead = this.#queueBytes = 0;
    this.#states = undefined;
    this.#inflight = 0;
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
    for (const handOn of undelivered) handOn();
  }

  #socketTakes(frame: Uint8Array): boolean {
    const { pendingBytes } = this.#out;
    return pendingBytes === 0 || pendingBytes + frame.length <= this.#limits.outBytesMax;
  }

  #takes(frame: Uint8Array, qos: Qos): boolean {
    return (qos === 0 || this.#inflight < this.#window) && this.#socketTakes(frame);
  }

  #put({ frame, qos, sending }: Queued): void {
    const bytes = this.#asTheClientTakesIt(frame, sending);
    if (bytes === undefined) return this.#drop();
    this.sent++;
    this.#counters.messagesOut++;
    if (qos === 0) return this.#out.append(bytes);
    const packetId = this.#take(qos === 1 ? AWAITS_PUBACK : AWAITS_PUBREC);
    this.#out.appendPublish(bytes, packetId);
    // [MQTT5-4.8.2-4] [MQTT5-4.8.2-5]: QoS 2 that was sent is never sent to another member.
    if (sending.onUndelivered === undefined || qos === 2) return;
    (this.#undelivered ??= new Map()).set(packetId, sending.onUndelivered);
  }

  /** Undefined for what it must not get: too late, or too large [MQTT5-3.1.2-25]. */
  #asTheClientTakesIt(frame: Uint8Array, { expiry }: Sending): Uint8Array | undefined {
    if (frame.length > this.packetBytesMax) return undefined;
    let bytes = frame;
    if (expiry !== undefined) {
      const leftMs = expiry.untilMs - this.#clock.nowMs();
      if (leftMs <= 0) return undefined;
      if (expiry.at !== undefined) {
        bytes = frame.slice();
        new DataView(bytes.buffer).setUint32(expiry.at, Math.ceil(leftMs / 1_000));
      }
    }
    return this.#aliases === undefined
      ? bytes
      : this.#aliases.shortened(bytes, this.packetBytesMax);
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
    this.#undelivered?.delete(packetId);
    this.#inflight--;
    if (this.#queue.length > 0 || this.#roomWaiters.length > 0) this.drain();
  }

  #stateOf(packetId: number): number {
    return this.#states?.[packetId] ?? FREE;
  }

  #enqueue(queued: Queued): void {
    const { frame, qos } = queued;
    if (this.#queueBytes + frame.length > this.#limits.queueBytesMax) {
      if (qos === 0) this.#drop();
      else this.#onOverflow();
      return;
    }
    this.#queue.push(queued);
    this.#queueBytes += frame.length;
  }

  #drop(): void {
    this.dropped++;
    this.#counters.messagesDropped++;
  }
}
