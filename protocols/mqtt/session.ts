import { ProtocolError } from "../../actors/mod.ts";
import { type FrameReader, MqttError, notAllowed, PacketType, ReasonCode } from "./codec/mod.ts";
import { type Attempt, identityOf } from "./assemble_session.ts";
import { type Carried, carriedBy } from "./carried.ts";
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
import type { Ending } from "./ending.ts";
import { bequeath, leave, sayWhy } from "./leaving.ts";
import type { OpenSession } from "./open_session.ts";
import { openSession } from "./opening.ts";
import type { OutBuffer } from "./out_buffer.ts";
import type { Peer } from "./peer.ts";

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
  #lastPacketMs: number;
  #cancelTimer: () => void;
  bytesReceived = 0;
  /** What the socket took. */
  bytesSent = 0;

  constructor(ground: MqttGround, options: SessionOptions) {
    this.#ground = ground;
    this.#options = options;
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
    if (this.#ended) return false;
    return this.#draining || this.#isOpening || this.#ground.ingress.congested ||
      this.#open?.inbound.isFull === true;
  }

  /** Takes every whole frame that has arrived. */
  receive(frames: FrameReader): void {
    if (this.#draining) return;
    this.#options.out.tap?.received(frames.unread);
    try {
      let any = false;
      while (!this.#ended && !this.#isOpening && frames.next()) {
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
    while (this.isBlocked) {
      const { ingress } = this.#ground;
      const wanted = this.#draining
        ? this.#over.promise
        : this.#isOpening
        ? this.#opened.promise
        : ingress.congested
        ? ingress.drained()
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
    const bytes = { received: this.bytesReceived, sent: this.bytesSent };
    return [open.identity.origin.sessionId, carriedBy(open, bytes)];
  }

  /** Looks again whether the packets of this connection are to be recorded. */
  retap(): void {
    const open = this.#open;
    if (open !== undefined) {
      open.out.tap = this.#ground.recorder.tapFor(open.identity, open.version);
    }
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
    const { end } = this;
    const attempt = handleConnect({ ground: this.#ground, out, peer, end }, frames);
    if (attempt === undefined) return;
    frames.shortestLengths = attempt.connect.version === 5;
    if (attempt.question === undefined) {
      return void this.#openFor(attempt, { last: frameOf(frames) });
    }
    this.#attempt = attempt;
    // What is recorded of a thing begins with its CONNECT, once it proved to be the thing.
    const name = attempt.authentication?.name ?? "";
    if (this.#ground.recorder.state(name)?.recording === true) {
      this.#heldConnect = frameOf(frames).slice();
    }
  }

  #handleProof(frames: FrameReader, attempt: Attempt): void {
    const verified = handleAuthenticating(attempt, frames);
    if (verified === undefined) return;
    void this.#openFor(attempt, { last: frameOf(frames).slice(), verified });
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
  #begin(open: OpenSession): void {
    this.#open = open;
    this.#isOpening = false;
    this.retap();
    // It may have gone, or been sent away, while its session was read.
    if (this.#ending !== undefined) this.#close(open, this.#ending);
    else this.#scheduleKeepAlive(open.keepAliveSeconds * 1_500); // [MQTT-3.1.2-24] [MQTT5-3.1.2-22] [MQTT5-3.2.2-22]
  }

  #scheduleKeepAlive(limitMs: number): void {
    if (limitMs === 0) return;
    const silentMs = this.#blocked ? 0 : this.#ground.clock.nowMs() - this.#lastPacketMs;
    // No timer is moved on the hot path: this one looks when it rings how long the silence is.
    this.#cancelTimer = this.#ground.clock.schedule(limitMs - silentMs, () => {
      const silent = !this.#blocked && this.#ground.clock.nowMs() - this.#lastPacketMs >= limitMs;
      if (silent) {
        this.end(`no packet within ${limitMs} ms, 1.5 times the keep alive`, {
          reasonCode: ReasonCode.keepAliveTimeout,
        });
      } else this.#scheduleKeepAlive(limitMs);
    });
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      this.#ground.counters.protocolErrors++;
      const reasonCode = error instanceof MqttError ? error.reasonCode : ReasonCode.malformedPacket;
      // [MQTT5-3.14.0-1]: before its CONNACK a client hears of it in one.
      if (this.#attempt !== undefined) {
        tellFault(this.#attempt, { message: error.message, reasonCode });
      }
      this.end(error.message, { reasonCode });
      return;
    }
    // [MQTT-4.8.0-2]
    this.#ground.logger.error("mqtt packet not handled", { error: String(error) });
    this.end("a packet could not be handled", { reasonCode: ReasonCode.unspecifiedError });
  }

  #close(
    open: OpenSession,
    ending: Ending & { readonly reason: string },
  ): void {
    const { reason, clean = false, reasonCode, receivedCode = reasonCode } = ending;
    const { inbound, outbound, subscriptions, facts } = open;
    sayWhy(open, ending);
    open.ground.sessions.remove(open); // [MQTT-3.1.2-7]: retained messages stay, they are no part.
    // What is kept is what is there now, before the parts are taken down.
    void leave(open, reason).then(open.onClosed);
    subscriptions.close();
    outbound.close();
    inbound.wake();
    bequeath(open);
    facts.ended({
      reason,
      clean,
      ...carriedBy(open, { received: this.bytesReceived, sent: this.bytesSent }),
      ...(receivedCode === undefined ? {} : { reasonCode: receivedCode }),
      endedBy: clean ? "client" : ending.broken === true ? "network" : "server",
    });
  }
}

function frameOf({ bytes, frameStart, bodyEnd }: FrameReader): Uint8Array {
  return bytes.subarray(frameStart, bodyEnd);
}
