import { type FrameReader, notAllowed, PacketType, ReasonCode } from "./codec/mod.ts";
import { type Attempt, identityOf } from "./assemble_session.ts";
import { type Carried, carriedBy } from "./carried.ts";
import type { Arrival } from "./admission/mod.ts";
import { faultOf } from "./faults.ts";
import type { MqttGround } from "./ground.ts";
import {
  concludeAuthentication,
  handleAuthenticating,
  handleConnect,
  handlePacket,
  handlePublish,
  refuseConnect,
  tellFault,
} from "./handlers/mod.ts";
import { type Ending, outcomeOf } from "./ending.ts";
import { bequeath, leave, sayWhy } from "./leaving.ts";
import type { OpenSession } from "./open_session.ts";
import { openSession } from "./opening.ts";
import type { OutBuffer } from "./out_buffer.ts";
import type { Peer } from "./peer.ts";
import { watchSilence } from "./silence.ts";

export interface SessionOptions {
  readonly out: OutBuffer;
  readonly peer: Peer;
  /** The CONNECT was accepted. */
  readonly onOpened: () => void;
  /** Called once; what is in the out-buffer may still be sent, then the connection is closed. */
  readonly onEnded: () => void;
}

/** One connection, from its first byte to the last: what comes in, and when it is over. */
export class MqttSession {
  readonly #ground: MqttGround;
  readonly #options: SessionOptions;
  readonly #arrival: Arrival;
  readonly #over = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  /** A CONNECT that was asked for a proof. */
  #attempt: Attempt | undefined;
  #heldConnect: Uint8Array | undefined;
  #open: OpenSession | undefined;
  #isOpening = false;
  #ending: (Ending & { readonly reason: string }) | undefined;
  #ended = false;
  #draining = false;
  #blocked = false;
  /** Frames that have arrived wait, because the thing publishes too fast. */
  #isSlowed = false;
  #lastPacketMs: number;
  #cancelTimer: () => void;
  bytesReceived = 0;
  /** What the socket took. */
  bytesSent = 0;

  constructor(ground: MqttGround, options: SessionOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#arrival = ground.admission.arrival(options.peer.remoteAddress);
    this.#lastPacketMs = ground.clock.nowMs();
    const { connectTimeoutMs } = ground.limits;
    // Section 3.1.4: a client that does not send its CONNECT in reasonable time is closed.
    this.#cancelTimer = ground.clock.schedule(connectTimeoutMs, () => {
      const attempt = this.#attempt;
      if (attempt === undefined) return this.end(`no CONNECT within ${connectTimeoutMs} ms`);
      const reason = `no proof within ${connectTimeoutMs} ms`;
      refuseConnect(attempt, { kind: "authenticationRefused", reason });
    });
  }

  /** Resolves when what is kept of a session that has ended is stored. */
  get kept(): Promise<void> {
    return this.#isOpening
      ? this.#opened.promise.then(() => this.#open?.closed)
      : this.#open?.closed ?? Promise.resolve();
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** True while the socket must not be read: the store is behind, or this client is far ahead. */
  get isBlocked(): boolean {
    return !this.#ended && (this.#isSlowed || this.#isHeld);
  }

  get #isHeld(): boolean {
    return this.#draining || this.#isOpening || this.#ground.ingress.congested ||
      this.#open?.inbound.isFull === true;
  }

  /** Takes every whole frame that has arrived. */
  receive(frames: FrameReader): void {
    if (this.#draining) return;
    // What was slowed was told when it came.
    if (this.#isSlowed) this.#isSlowed = false;
    else this.#options.out.tap?.received(frames.unread);
    try {
      let any = false;
      while (!this.#ended && !this.#isOpening && !this.#mustSlow() && frames.next()) {
        any = true;
        if (this.#open === undefined) this.#handleFirst(frames, this.#attempt);
        // Most of what comes is PUBLISH, so nothing else is asked before it.
        else if (frames.first >> 4 === PacketType.publish) handlePublish(this.#open, frames);
        else handlePacket(this.#open, frames);
      }
      if (any) this.#lastPacketMs = this.#ground.clock.nowMs();
    } catch (error) {
      this.#fail(error);
    }
    const { outBytesMax, replyBytesMax } = this.#ground.limits;
    if (this.#options.out.pendingBytes > outBytesMax + replyBytesMax) {
      this.end("the client sends but does not read the answers", {
        reasonCode: ReasonCode.quotaExceeded,
      });
    }
  }

  /** Resolves when the socket may be read again, or the session has ended. */
  async unblocked(): Promise<void> {
    this.#blocked = true;
    if (this.#isSlowed) {
      await Promise.race([this.#open!.publishRate!.refilled(), this.#over.promise]);
    }
    while (!this.#ended && this.#isHeld) {
      const wanted = this.#draining
        ? this.#over.promise
        : this.#isOpening
        ? this.#opened.promise
        : this.#ground.ingress.congested
        ? this.#ground.ingress.drained()
        : this.#open!.inbound.settled();
      await Promise.race([wanted, this.#over.promise]);
    }
    this.#blocked = false;
    this.#lastPacketMs = this.#ground.clock.nowMs();
  }

  /** What was carried so far, by the session's id; undefined unless it is open and of this thing. */
  carriedFor(thingId: string): readonly [string, Carried] | undefined {
    const open = this.#open;
    if (open?.thingId !== thingId) return undefined;
    return [open.identity.origin.sessionId, this.#carried(open)];
  }

  /** Looks again whether the packets of this connection are to be recorded. */
  retap(): void {
    const open = this.#open;
    if (open === undefined) return;
    open.out.tap = this.#ground.recorder.tapFor(open.identity, open.version);
  }

  /** The socket took what waited: there may be room for more. */
  flushed(): void {
    this.#open?.outbound.drain();
  }

  /** Takes nothing more, and resolves when everything taken before is settled. */
  async drain(): Promise<void> {
    this.#draining = true;
    while (!this.#ended && (this.#open?.inbound.unsettled ?? 0) > 0) {
      await this.#open!.inbound.settled();
    }
  }

  /** [MQTT-4.8.0-1] [MQTT5-4.13.2-1] [MQTT5-3.14.4-2] [MQTT-3.14.4-2]. Only the first call counts. */
  readonly end = (reason: string, ending: Ending = {}): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#ending = { ...ending, reason };
    this.#cancelTimer();
    this.#arrival.leave();
    (this.#open ?? this.#attempt)?.authentication?.close();
    if (this.#open !== undefined) this.#close(this.#open, this.#ending);
    this.#over.resolve();
    this.#options.onEnded();
  };

  // [MQTT-3.1.0-1] [MQTT5-3.1.0-1]
  #handleFirst(frames: FrameReader, waiting: Attempt | undefined): void {
    if (waiting !== undefined) return this.#handleProof(frames, waiting);
    if (frames.first !== PacketType.connect << 4) {
      throw notAllowed("Cannot take the first packet: it is not a CONNECT with flags 0");
    }
    const { out, peer } = this.#options;
    const pending = { ground: this.#ground, out, peer, arrival: this.#arrival, end: this.end };
    const attempt = handleConnect(pending, frames);
    if (attempt === undefined) return;
    frames.shortestLengths = attempt.connect.version === 5;
    if (attempt.question === undefined) {
      return void this.#openFor(attempt, { last: frames.frame });
    }
    this.#attempt = attempt;
    // What is recorded of a thing begins with its CONNECT, once it proved to be the thing.
    const name = attempt.authentication?.name ?? "";
    if (this.#ground.recorder.state(name)?.recording === true) {
      this.#heldConnect = frames.frame.slice();
    }
  }

  #handleProof(frames: FrameReader, attempt: Attempt): void {
    const verified = handleAuthenticating(attempt, frames);
    if (verified === undefined) return;
    void this.#openFor(attempt, { last: frames.frame.slice(), verified });
  }

  /** Reads nothing more until the session is open, or the connection has ended. Never rejects. */
  async #openFor(
    attempt: Attempt,
    { last, verified }: {
      /** The packet that lets the client in. */
      readonly last: Uint8Array;
      readonly verified?: ReturnType<typeof handleAuthenticating>;
    },
  ): Promise<void> {
    this.#isOpening = true;
    try {
      const verdict = verified && await verified;
      const isProven = verdict !== undefined && concludeAuthentication(attempt, verdict);
      if (verified === undefined || isProven) await this.#openSession(attempt, last);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isOpening = false;
      this.#opened.resolve();
    }
  }

  async #openSession(attempt: Attempt, last: Uint8Array): Promise<void> {
    const { out, onOpened } = this.#options;
    const thing = attempt.thing!;
    this.#cancelTimer();
    onOpened();
    // What came behind the CONNECT is read, and told to the tap, after its answer.
    out.tap = this.#ground.recorder.tapFor(identityOf(attempt, thing), attempt.connect.version);
    if (this.#heldConnect !== undefined) {
      out.tap?.received(this.#heldConnect);
      out.tap?.sent(attempt.question!);
    }
    out.tap?.received(last);
    this.#attempt = this.#heldConnect = undefined;
    this.#begin(await openSession(attempt, thing));
  }

  /** What the client sent behind its CONNECT was not looked at until now. */
  #begin(open: OpenSession | undefined): void {
    if (open === undefined) return;
    this.#open = open;
    this.#isOpening = false;
    this.retap();
    // It may have gone, or been sent away, while its session was read.
    if (this.#ending !== undefined) this.#close(open, this.#ending);
    else this.#watchKeepAlive(open);
  }

  // [MQTT-3.1.2-24] [MQTT5-3.1.2-22] [MQTT5-3.2.2-22]
  #watchKeepAlive({ keepAliveSeconds }: OpenSession): void {
    if (keepAliveSeconds === 0) return;
    const limitMs = keepAliveSeconds * 1_500;
    const reason = `no packet within ${limitMs} ms, 1.5 times the keep alive`;
    const { clock } = this.#ground;
    this.#cancelTimer = watchSilence(clock, {
      limitMs,
      silentMs: () => this.#blocked ? 0 : clock.nowMs() - this.#lastPacketMs,
      onSilent: () => this.end(reason, { reasonCode: ReasonCode.keepAliveTimeout }),
    });
  }

  #fail(error: unknown): void {
    const fault = faultOf(error, this.#ground);
    // [MQTT5-3.14.0-1]: before its CONNACK a client hears of it in one.
    if (fault.isTheClients && this.#attempt !== undefined) tellFault(this.#attempt, fault);
    this.end(fault.message, { reasonCode: fault.reasonCode });
  }

  /** Of MQTT 3.1.1: what the thing may not send yet is not taken, because it cannot be refused. */
  #mustSlow(): boolean {
    const open = this.#open;
    if (open?.publishRate === undefined || open.version === 5) return false;
    return this.#isSlowed = open.publishRate.isSpent;
  }

  #carried(open: OpenSession): Carried {
    return carriedBy(open, { received: this.bytesReceived, sent: this.bytesSent });
  }

  #close(open: OpenSession, ending: Ending & { readonly reason: string }): void {
    const { inbound, outbound, subscriptions, facts } = open;
    sayWhy(open, ending);
    open.ground.sessions.remove(open); // [MQTT-3.1.2-7]: retained messages stay, they are no part.
    // What is kept is what is there now, before the parts are taken down.
    void leave(open, ending.reason).then(open.onClosed);
    subscriptions.close(open.keeper?.expirySeconds ?? 0);
    outbound.close();
    inbound.wake();
    bequeath(open);
    facts.ended({ ...outcomeOf(ending), ...this.#carried(open) });
  }
}
