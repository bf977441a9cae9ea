import type {
  Clock,
  SessionEvent,
  SessionJournal,
  SessionOrigin,
  TlsTerms,
} from "../../actors/mod.ts";
import type { LogGap, SubscriptionTerms } from "../../projections/mod.ts";
import type { TopicRequest } from "./codec/mod.ts";
import type { MqttCounters } from "./counters.ts";
import { GONE_CHANNELS_MAX, REASON_LENGTH_MAX, RESUMED_FILTER_BYTES_MAX } from "./limits.ts";
import type { ExpiryCut } from "./granted_expiry.ts";
import type { Peer, TlsDetails } from "./peer.ts";
import { type Refusal, RefusalTally, type TalliedRefusal } from "./refusal_tally.ts";

/** What is known of a session from its CONNECT on. */
export interface SessionIdentity {
  readonly domainId: string;
  readonly clientId: string;
  readonly origin: SessionOrigin;
}

/** A filter, and the terms on which it was granted. */
interface Subscribed {
  readonly filter: string;
  readonly terms: SubscriptionTerms;
}

const MINUTE_MS = 60_000;

/**
 * Reports what happens to one session. A client can repeat subscriptions and refusals at will, so
 * refusals are counted before they are recorded, and both are bounded per minute: it must not push
 * the facts of others out of the journal.
 */
export class SessionFacts {
  readonly #identity: SessionIdentity;
  readonly #ground: {
    readonly journal: SessionJournal;
    readonly clock: Clock;
    readonly counters: MqttCounters;
    readonly limits: { readonly factsPerMinuteMax: number };
  };
  readonly #refusals: RefusalTally;
  /** What a kept session lost while its client was away is known before it is connected. */
  readonly #held: SessionEvent[] = [];
  #isConnected = false;
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
    this.#refusals = new RefusalTally({
      clock: ground.clock,
      onTold: (refusal) => this.#recordBounded(refusalFact(identity, refusal)),
    });
  }

  connected(
    session: {
      readonly protocolVersion: "3.1.1" | "5.0";
      readonly keepAliveSeconds: number;
      readonly cleanSession: boolean;
      /** Where less was granted than was asked for. */
      readonly expiry?: ExpiryCut;
      /** What a session that was kept is subscribed to. */
      readonly resumed?: readonly Subscribed[];
    },
    { transport, tls }: Pick<Peer, "transport" | "tls">,
  ): void {
    const { resumed, ...made } = session;
    this.#record({
      type: "SessionConnected",
      data: {
        ...this.#named(),
        protocol: "mqtt",
        ...made,
        ...(resumed === undefined ? {} : { resumed: resumedTerms(resumed) }),
        ...(transport === "tcp" ? {} : { transport }),
        ...(tls === undefined ? {} : { tls: tlsTerms(tls) }),
      },
    });
    for (const event of this.#held.splice(0)) this.#recordBounded(event);
    this.#isConnected = true;
  }

  ended(
    outcome: {
      readonly reason: string;
      readonly clean: boolean;
      readonly messagesReceived: number;
      readonly messagesSent: number;
      readonly messagesDropped: number;
      readonly reasonCode?: number;
      readonly endedBy: "client" | "server" | "network";
      readonly bytesReceived: number;
      readonly bytesSent: number;
    },
  ): void {
    this.#refusals.flush();
    const reason = outcome.reason.slice(0, REASON_LENGTH_MAX);
    this.#record({ type: "SessionEnded", data: { ...this.#named(), ...outcome, reason } });
  }

  subscribed(
    { filter, qos, noLocal, retainAsPublished, retainHandling }: TopicRequest,
    identifier?: number,
  ): void {
    const { domainId, sessionId } = this.#named();
    this.#recordBounded({
      type: "SessionSubscribed",
      data: {
        domainId,
        sessionId,
        filter,
        qos,
        ...(noLocal ? { noLocal } : {}),
        ...(retainAsPublished ? { retainAsPublished } : {}),
        ...(retainHandling === 0 ? {} : { retainHandling }),
        ...(identifier === undefined ? {} : { identifier }),
      },
    });
  }

  unsubscribed(filter: string, cause: "client" | "access"): void {
    const { domainId, sessionId } = this.#named();
    const event = {
      type: "SessionUnsubscribed",
      data: { domainId, sessionId, filter, cause },
    } as const;
    if (this.#isConnected) this.#recordBounded(event);
    else this.#held.push(event);
  }

  /** What the client came back for and the log has lost, by channel. */
  messagesGone(gone: ReadonlyMap<string, LogGap>): void {
    const channels = [...gone].slice(0, GONE_CHANNELS_MAX)
      .map(([channelId, { fromMs, toMs }]) => ({ channelId, fromMs, toMs }));
    const more = gone.size - channels.length;
    this.#recordBounded({
      type: "SessionMessagesGone",
      data: { ...this.#named(), channels, more },
    });
  }

  refused(refusal: Refusal): void {
    this.#refusals.add(refusal);
  }

  #named(): { domainId: string; sessionId: string; clientId: string } {
    return named(this.#identity);
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

/** What a count of refusals is recorded as. */
export function refusalFact(identity: SessionIdentity, refusal: TalliedRefusal): SessionEvent {
  return { type: "SessionRefused", data: { ...named(identity), ...refusal } };
}

function named(
  { domainId, clientId, origin }: SessionIdentity,
): { domainId: string; sessionId: string; clientId: string } {
  return { domainId, sessionId: origin.sessionId, clientId };
}

function tlsTerms({ protocol, cipher, serverName, certificate }: TlsDetails): TlsTerms {
  return {
    protocol,
    cipher,
    ...(serverName === undefined ? {} : { serverName }),
    ...(certificate === undefined ? {} : {
      certificate: {
        subject: certificate.subject.slice(0, REASON_LENGTH_MAX),
        fingerprint: certificate.fingerprint,
        ...(certificate.refused === undefined ? {} : { refused: certificate.refused }),
      },
    }),
  };
}

function resumedTerms(
  all: readonly Subscribed[],
): NonNullable<Extract<SessionEvent, { type: "SessionConnected" }>["data"]["resumed"]> {
  let bytes = 0;
  const told = all.filter(({ filter }) => (bytes += filter.length) <= RESUMED_FILTER_BYTES_MAX);
  const subscriptions = told.map(({ filter, terms }) => {
    const { maximumQos: qos, noLocal, retainAsPublished, identifier } = terms;
    return {
      filter,
      qos,
      ...(noLocal === true ? { noLocal } : {}),
      ...(retainAsPublished === true ? { retainAsPublished } : {}),
      ...(identifier === undefined ? {} : { identifier }),
    };
  });
  return { subscriptions, more: all.length - told.length };
}
