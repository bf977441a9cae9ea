import type { ContentKind } from "../../actors/mod.ts";
import type { Waiter } from "../ingress/mod.ts";
import type { Authentication, TokenBucket } from "./admission/mod.ts";
import type { Ack, ProtocolVersion, PublishHead, Will } from "./codec/mod.ts";
import type { EndSession } from "./ending.ts";
import type { SessionFacts, SessionIdentity } from "./facts.ts";
import type { MqttGround } from "./ground.ts";
import type { Inbound } from "./inbound.ts";
import type { RegisteredSession } from "./open_sessions.ts";
import type { OutBuffer } from "./out_buffer.ts";
import type { CatchUp, Delivery, Outbound, RetainedReplay } from "./outgoing/mod.ts";
import type { Routes } from "./routes.ts";
import type { SessionKeeper } from "./keeping/mod.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { TopicForm } from "./topics.ts";
import type { InboundAliases } from "./inbound_aliases.ts";

/** What ingress is given; one object serves all messages of a connection. */
export interface HandedMessage {
  qos: 0 | 1 | 2;
  retain: boolean;
  contentKind: ContentKind;
  contentType: string | undefined;
  properties: Uint8Array | undefined;
  packetId: number | undefined;
  traceparent: string | undefined;
  source: Uint8Array;
  start: number;
  end: number;
  readonly waiter?: Waiter;
}

/** What ingress is given, before a message is put into it. */
export function newHandedMessage(qos: 0 | 1 | 2): HandedMessage {
  return {
    qos,
    retain: false,
    contentKind: "unspecified",
    contentType: undefined,
    properties: undefined,
    packetId: undefined,
    traceparent: undefined,
    source: NO_BYTES,
    start: 0,
    end: 0,
  };
}

const NO_BYTES = new Uint8Array(0);

/** A connection whose CONNECT was accepted, as its handlers see it. */
export interface OpenSession extends RegisteredSession {
  readonly ground: MqttGround;
  readonly identity: SessionIdentity;
  readonly version: ProtocolVersion;
  readonly keepAliveSeconds: number;
  /** Absent if its CONNECT named no method. */
  readonly authentication: Authentication | undefined;
  readonly facts: SessionFacts;
  readonly out: OutBuffer;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  /** That all connections of the thing share; undefined if there is no limit. */
  readonly publishRate: TokenBucket | undefined;
  readonly routes: Routes;
  readonly subscriptions: Subscriptions;
  readonly deliveries: { readonly [form in TopicForm]: Delivery };
  readonly catchUp: CatchUp;
  /** The session may outlive its connection. */
  readonly isDurable: boolean;
  /** Writes it down, if it may. */
  keeper: SessionKeeper | undefined;
  readonly retainedReplay: RetainedReplay;
  /** Of MQTT 5: the aliases that the client gave. */
  readonly aliases: InboundAliases;
  readonly publishHead: PublishHead;
  readonly ack: Ack;
  readonly unacknowledged: HandedMessage;
  readonly acknowledged: HandedMessage;
  /** [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT5-3.1.2-7] */
  will: Will | undefined;
  readonly onClosed: () => void;
  readonly end: EndSession;
}
