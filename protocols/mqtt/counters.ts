import { Buckets } from "../../actors/mod.ts";
import { RefusalCounts } from "./refusal_counts.ts";

/** What an MQTT edge has done since it started; the metrics endpoint reads it. */
export interface MqttCounters {
  connectionsOpen: number;
  connectionsAccepted: number;
  /** Closed at once because too many were open, or too many had not sent their CONNECT. */
  connectionsTurnedAway: number;
  /** Closed without a TLS handshake that came to an end, or without the header that its proxy owes. */
  handshakesFailed: number;
  /** CONNECT packets that were answered with a return code other than 0. */
  connectsRefused: number;
  /** Those of them that were more than one address or thing may have at once. */
  connectsPastQuota: number;
  /** Those of them whose session would have been more than one thing may leave behind. */
  sessionsPastQuota: number;
  /** Those of them that came too fast from one address. */
  connectsPastRate: number;
  /** Sessions that were discarded because their clients did not come back in time. */
  sessionsExpired: number;
  /** Messages of MQTT 5 that were refused, and times that a client of 3.1.1 was slowed, for their rate. */
  publishesPastRate: number;
  /** Publishes and subscriptions that a thing may not do. */
  actionsRefused: number;
  protocolErrors: number;
  messagesIn: number;
  messagesOut: number;
  /** QoS 0 messages that a subscriber did not read in time. */
  messagesDropped: number;
  /** Facts about sessions that were more than one connection may cause. */
  factsDropped: number;
  bytesIn: number;
  bytesOut: number;
  /** Seconds from a CONNECT that was accepted to its CONNACK. */
  readonly connect: Buckets;
  /** Seconds from a message of QoS 1 or 2 to its PUBACK or PUBREC, at most. */
  readonly publish: Buckets;
  /** Seconds from a SUBSCRIBE to its SUBACK. */
  readonly subscribe: Buckets;
  readonly refusals: RefusalCounts;
}

export function newCounters(): MqttCounters {
  return {
    connectionsOpen: 0,
    connectionsAccepted: 0,
    connectionsTurnedAway: 0,
    handshakesFailed: 0,
    connectsRefused: 0,
    connectsPastQuota: 0,
    sessionsPastQuota: 0,
    connectsPastRate: 0,
    sessionsExpired: 0,
    publishesPastRate: 0,
    actionsRefused: 0,
    protocolErrors: 0,
    messagesIn: 0,
    messagesOut: 0,
    messagesDropped: 0,
    factsDropped: 0,
    bytesIn: 0,
    bytesOut: 0,
    connect: new Buckets(),
    publish: new Buckets(),
    subscribe: new Buckets(),
    refusals: new RefusalCounts(),
  };
}
