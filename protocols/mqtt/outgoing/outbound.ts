import type { Clock, LogPlace } from "../../../actors/mod.ts";
import { FIRST_FAILURE, notAllowed, PUBREL, ReasonCode, writeReasonedAck } from "../codec/mod.ts";
import type { MqttCounters } from "../counters.ts";
import { Fitting } from "./fitting.ts";
import { Awaiting, Inflight } from "./inflight.ts";
import type { Lane } from "./lane.ts";
import { type MqttLimits, READ_INFLIGHT, READ_OUT_BYTES } from "../limits.ts";
import type { OutBuffer } from "../out_buffer.ts";
import { type Queued, SendQueue } from "./send_queue.ts";
import type { ClientTerms, OutboundJournal, Sending, SharedHanding, Track } from "./sending.ts";

type Qos = 0 | 1 | 2;

/** In the first byte of a PUBLISH. */
const DUPLICATE = 0b1000;

const NOTHING_SPECIAL: Sending = {};

/**
 * Messages on their way to one subscriber: a bounded window of QoS 1 and 2, a bounded queue behind
 * it, and QoS 0 as long as the socket takes it.
 */
export class Outbound {
  readonly #out: OutBuffer;
  readonly #limits: MqttLimits;
  readonly #counters: MqttCounters;
  readonly client: ClientTerms;
  readonly #fitting: Fitting;
  /** By packet id: messages that are shared and not acknowledged; made with the first of them. */
  #shared: Map<number, SharedHanding> | undefined;
  /** Set for a session that outlives its connection. */
  journal: OutboundJournal | undefined;
  readonly #inflight: Inflight;
  readonly #queue = new SendQueue();
  #holds = 0;
  #roomWaiters: (() => void)[] = [];
  #closed = false;
  /** What the log brought may have on its way; whoever reads for several sessions divides it. */
  readLimits = { inflight: READ_INFLIGHT.least, bytes: READ_OUT_BYTES.least };
  sent = 0;
  dropped = 0;

  constructor(
    out: OutBuffer,
    options: {
      readonly limits: MqttLimits;
      readonly counters: MqttCounters;
      readonly clock: Clock;
      readonly client: ClientTerms;
    },
  ) {
    const { limits, counters, clock, client } = options;
    this.#out = out;
    this.#limits = limits;
    this.#counters = counters;
    this.client = client;
    this.#fitting = new Fitting(client, clock);
    this.#inflight = new Inflight({ idsMax: limits.inflightMax, window: client.receiveMaximum });
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** True if a message may be sent again past a hold: the window and the socket take it. */
  get mayResend(): boolean {
    return this.#inflight.hasRoom && this.#out.pendingBytes < this.#limits.outBytesMax;
  }

  /** True if a message of QoS 1 or 2 would go out at once. */
  get isReady(): boolean {
    return !this.#closed && this.#holds === 0 && this.#queue.isEmpty && this.mayResend;
  }

  /**
   * Sends a live message, or queues it, or (QoS 0 only) drops and counts it. False if there is no
   * room to queue it: then the log must bring it later.
   */
  send(frame: Uint8Array, qos: Qos, sending: Sending = NOTHING_SPECIAL): boolean {
    if (this.#closed) {
      sending.shared?.onUndelivered();
      return true;
    }
    if (this.#holds === 0) {
      if (qos === 0) {
        if (this.#socketTakes(frame)) this.#put({ frame, qos, sending });
        else this.#drop();
        return true;
      }
      // [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT5-4.6.0-5] [MQTT5-4.6.0-6]: what is queued goes first.
      if (this.#queue.isEmpty && this.#takes(frame, qos)) {
        this.#put({ frame, qos, sending });
        return true;
      }
    }
    return this.#enqueue({ frame, qos, sending });
  }

  /** Sends what the log brought, behind everything that queues; false if there is no room now. */
  sendRead(frame: Uint8Array, qos: Qos, sending: Sending): boolean {
    if (this.#closed) return true;
    const { pendingBytes } = this.#out;
    const { inflight, bytes } = this.readLimits;
    const fits = pendingBytes === 0 || pendingBytes + frame.length <= bytes;
    if (!fits || !this.isReady || this.#inflight.count >= inflight) return false;
    this.#put({ frame, qos, sending });
    return true;
  }

  /** Resolves when there may be room, or nothing is sent any more. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends again what was not acknowledged before [MQTT-4.4.0-1] [MQTT5-4.4.0-1]. */
  resend(frame: Uint8Array, record: { readonly packetId: number; readonly qos: 1 | 2 }): void {
    const { packetId, qos } = record;
    // [MQTT5-3.1.2-25]: on this connection the client may take less than on the one before.
    if (frame.length > this.client.packetBytesMax) {
      this.journal?.done(packetId);
      return this.#drop();
    }
    this.#inflight.occupy(packetId, qos === 1 ? Awaiting.puback : Awaiting.pubrec);
    const again = frame.slice();
    again[0]! |= DUPLICATE; // [MQTT-3.3.1-1] [MQTT5-3.3.1-1]
    this.#out.appendPublish(again, packetId);
    this.sent++;
    this.#counters.messagesOut++;
  }

  /** Keeps a packet id for a message that is to be sent again when there is room. */
  reserve(packetId: number): void {
    this.#inflight.reserve(packetId);
  }

  /** The same for a message whose PUBREC had come: only PUBREL is left of it [MQTT5-4.3.3-5]. */
  release(packetId: number): void {
    this.#inflight.occupy(packetId, Awaiting.pubcomp);
    this.#out.appendAck(PUBREL, packetId);
  }

  /** The first message of each lane that queues and was not sent. */
  unsent(): ReadonlyMap<Lane, LogPlace> {
    return this.#queue.firstOfLanes();
  }

  /** What of shared messages is not acknowledged, and would go to another member. */
  *sharedUnderWay(): Iterable<SharedHanding> {
    if (this.#shared !== undefined) yield* this.#shared.values();
    for (const { sending } of this.#queue.waiting()) {
      if (sending.shared !== undefined) yield sending.shared;
    }
  }

  /** Lets live messages queue until as many `unhold` as `hold` were called. */
  hold(): void {
    this.#holds++;
  }

  unhold(): void {
    this.#holds--;
    this.drain();
  }

  /** Sends past a hold; false if there is no room now. */
  sendHeld(frame: Uint8Array, qos: Qos, sending: Sending): boolean {
    if (this.#closed) return true;
    if (!this.#takes(frame, qos)) return false;
    this.#put({ frame, qos, sending });
    return true;
  }

  /** Sends what queued, as far as window and socket allow. */
  drain(): void {
    if (this.#roomWaiters.length > 0) {
      for (const resolve of this.#roomWaiters.splice(0)) resolve();
    }
    while (this.#holds === 0) {
      const queued = this.#queue.peek();
      if (queued === undefined || !this.#takes(queued.frame, queued.qos)) break;
      this.#queue.shift();
      this.#put(queued);
    }
  }

  /** Takes a PUBACK [MQTT5-4.3.2-3]. One for a packet id that is not in use changes nothing. */
  acknowledged(packetId: number): void {
    const state = this.#inflight.of(packetId);
    if (state === Awaiting.nothing) return;
    if (state !== Awaiting.puback) {
      throw notAllowed(`Cannot take PUBACK '${packetId}': the message has QoS 2`);
    }
    this.#free(packetId);
  }

  /** [MQTT-4.3.3-1] [MQTT5-4.3.3-3] [MQTT5-4.3.3-6]: after PUBREC only PUBREL is sent. */
  received(packetId: number, reasonCode: number): void {
    const state = this.#inflight.of(packetId);
    if (state === Awaiting.puback) {
      throw notAllowed(`Cannot take PUBREC '${packetId}': the message has QoS 1`);
    }
    // [MQTT5-4.3.3-4] [MQTT5-4.4.0-2] [MQTT5-4.8.2-6]: a refusal ends the exchange without PUBREL.
    if (reasonCode >= FIRST_FAILURE) {
      if (state === Awaiting.pubrec) this.#free(packetId);
      return;
    }
    if (state === Awaiting.nothing && this.client.version === 5) {
      const reasonCode = ReasonCode.packetIdentifierNotFound;
      return this.#out.append(writeReasonedAck(PUBREL, { packetId, reasonCode }));
    }
    if (state === Awaiting.pubrec) this.#inflight.advance(packetId, Awaiting.pubcomp);
    // Also for an id that is not in use: the client can then forget it.
    if (this.journal === undefined) return this.#out.appendAck(PUBREL, packetId);
    // Once the client has the PUBREL it forgets the id, and would take a second PUBLISH for new.
    this.journal.pubrec(packetId);
    this.journal.whenDurable(() => this.#out.appendAck(PUBREL, packetId));
  }

  /** Takes a PUBCOMP. One for a packet id that is not in use changes nothing. */
  completed(packetId: number): void {
    const state = this.#inflight.of(packetId);
    if (state === Awaiting.nothing) return;
    if (state !== Awaiting.pubcomp) {
      throw notAllowed(`Cannot take PUBCOMP '${packetId}': no PUBREL was sent for it`);
    }
    this.#free(packetId);
  }

  /** Forgets everything that waits, and hands on what is shared with others. */
  close(): void {
    this.#closed = true;
    const undelivered = [...this.sharedUnderWay()];
    this.#shared = undefined;
    this.#queue.clear();
    this.#inflight.clear();
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
    for (const handing of undelivered) handing.onUndelivered();
  }

  #socketTakes(frame: Uint8Array): boolean {
    const { pendingBytes } = this.#out;
    return pendingBytes === 0 || pendingBytes + frame.length <= this.#limits.outBytesMax;
  }

  // [MQTT5-3.3.4-10] [MQTT5-4.9.0-3]: nothing else waits for the window.
  #takes(frame: Uint8Array, qos: Qos): boolean {
    return (qos === 0 || this.#inflight.hasRoom) && this.#socketTakes(frame);
  }

  #put({ frame, qos, sending }: Queued): void {
    const bytes = this.#fitting.fitted(frame, sending); // [MQTT5-4.3.3-7]: expiry counts no longer
    if (bytes === undefined) return this.#drop(sending);
    this.sent++;
    this.#counters.messagesOut++;
    if (qos === 0) return this.#out.append(bytes);
    const packetId = this.#inflight.take(qos === 1 ? Awaiting.puback : Awaiting.pubrec);
    this.#write(bytes, { packetId, qos, track: sending.track });
    // [MQTT5-4.8.2-4] [MQTT5-4.8.2-5]: QoS 2 that was sent is never sent to another member.
    if (sending.shared === undefined) return;
    if (qos === 2) sending.shared.onSettled?.();
    else (this.#shared ??= new Map()).set(packetId, sending.shared);
  }

  #write(
    bytes: Uint8Array,
    { packetId, qos, track }: { packetId: number; qos: 1 | 2; track: Track | undefined },
  ): void {
    if (this.journal === undefined || track === undefined) {
      return this.#out.appendPublish(bytes, packetId);
    }
    this.journal.sent(packetId, track);
    if (qos === 1) return this.#out.appendPublish(bytes, packetId);
    // Exactly once: after a crash the same message must come under the same id, or not at all.
    this.journal.whenDurable(() => this.#out.appendPublish(bytes, packetId));
  }

  #free(packetId: number): void {
    this.#inflight.free(packetId);
    const handing = this.#shared?.get(packetId);
    this.#shared?.delete(packetId);
    handing?.onSettled?.();
    this.journal?.done(packetId);
    if (!this.#queue.isEmpty || this.#roomWaiters.length > 0) this.drain();
  }

  #enqueue(queued: Queued): boolean {
    const { frame, qos } = queued;
    const fits = this.#queue.byteLength + frame.length <= this.#limits.queueBytesMax;
    if (fits) this.#queue.push({ ...queued, frame: frame.slice() });
    else if (qos > 0) return false;
    else this.#drop();
    return true;
  }

  #drop({ shared }: Sending = NOTHING_SPECIAL): void {
    shared?.onSettled?.();
    this.dropped++;
    this.#counters.messagesDropped++;
  }
}
