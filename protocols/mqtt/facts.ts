import type { Clock, SessionEvent, SessionJournal, SessionOrigin } from "../../actors/mod.ts";
import type { MqttCounters } from "./counters.ts";
import { REASON_LENGTH_MAX, TOPIC_BYTES_MAX } from "./limits.ts";

/** What is known of a session from its CONNECT on. */
export interface SessionIdentity {
  readonly domainId: string;
  readonly clientId: string;
  readonly origin: SessionOrigin;
}

const MINUTE_MS = 60_000;

/**
 * Reports what happens to one session. A client can repeat subscriptions and refusals at will, so
 * those are bounded per minute: it must not push the facts of others out of the journal.
 */
export class SessionFacts {
  readonly #identity: SessionIdentity;
  readonly #ground: {
    readonly journal: SessionJournal;
    readonly clock: Clock;
    readonly counters: MqttCounters;
    readonly limits: { readonly factsPerMinuteMax: number };
  };
  #minuteStartMs = 0;
  #inMinute = 0;

  constructor(
    identity: SessionIdentity,
    ground: {
      readonly journal: SessionJournal;
      readonly clock: Clock;
      readonly counters: MqttCounters;
      readonly limits: { readonly factsPerMinuteMax: number };
    },
  ) {
    this.#identity = identity;
    this.#ground = ground;
  }

  connected(
    session: {
      readonly protocolVersion: "3.1.1" | "5.0";
      readonly keepAliveSeconds: number;
      readonly cleanSession: boolean;
    },
  ): void {
    this.#record({
      type: "SessionConnected",
      data: { ...this.#named(), protocol: "mqtt", ...session },
    });
  }

  ended(
    outcome: {
      readonly reason: string;
      readonly clean: boolean;
      readonly messagesReceived: number;
      readonly messagesSent: number;
      readonly messagesDropped: number;
    },
  ): void {
    const reason = outcome.reason.slice(0, REASON_LENGTH_MAX);
    this.#record({ type: "SessionEnded", data: { ...this.#named(), ...outcome, reason } });
  }

  subscribed(filter: string, qos: 0 | 1 | 2): void {
    const { domainId, sessionId } = this.#named();
    this.#recordBounded({ type: "SessionSubscribed", data: { domainId, sessionId, filter, qos } });
  }

  unsubscribed(filter: string, cause: "client" | "access"): void {
    const { domainId, sessionId } = this.#named();
    this.#recordBounded({
      type: "SessionUnsubscribed",
      data: { domainId, sessionId, filter, cause },
    });
  }

  refused(
    refusal: {
      readonly action: "connect" | "publish" | "subscribe";
      readonly topic: string;
      readonly reason: string;
    },
  ): void {
    const topic = refusal.topic.slice(0, TOPIC_BYTES_MAX);
    this.#recordBounded({ type: "SessionRefused", data: { ...this.#named(), ...refusal, topic } });
  }

  #named(): { domainId: string; sessionId: string; clientId: string } {
    const { domainId, clientId, origin } = this.#identity;
    return { domainId, sessionId: origin.sessionId, clientId };
  }

  #recordBounded(event: SessionEvent): void {
    const nowMs = this.#ground.clock.nowMs();
    if (nowMs - this.#minuteStartMs >= MINUTE_MS) {
      this.#minuteStartMs = nowMs;
      this.#inMinute = 0;
    }
    if (++this.#inMinute <= this.#ground.limits.factsPerMinuteMax) this.#record(event);
    else this.#ground.counters.factsDropped++;
  }

  #record(event: SessionEvent): void {
    this.#ground.journal.record(this.#identity.origin, event);
  }
}
