import type { ContentKind } from "../../actors/mod.ts";
import type { Waiter } from "../ingress/mod.ts";
import type { PublishHead, Will } from "./codec/mod.ts";
import type { SessionFacts, SessionIdentity } from "./facts.ts";
import type { MqttGround } from "./ground.ts";
import type { Inbound } from "./inbound.ts";
import type { RegisteredSession } from "./open_sessions.ts";
import type { OutBuffer } from "./out_buffer.ts";
import type { Outbound } from "./outbound.ts";
import type { RetainedReplay } from "./retained_replay.ts";
import type { Routes } from "./routes.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What ingress is given; one object serves all messages of a connection. */
export interface HandedMessage {
  qos: 0 | 1 | 2;
  retain: boolean;
  readonly contentKind: ContentKind;
  source: Uint8Array;
  start: number;
  end: number;
  readonly waiter?: Waiter;
}

/** Ends the connection; `clean` if the client said DISCONNECT. */
export type EndSession = (reason: string, options?: { readonly clean: boolean }) => void;

/** A connection whose CONNECT was accepted, as its handlers see it. */
export interface OpenSession extends RegisteredSession {
  readonly ground: MqttGround;
  readonly identity: SessionIdentity;
  readonly keepAliveSeconds: number;
  readonly facts: SessionFacts;
  readonly out: OutBuffer;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly routes: Routes;
  readonly subscriptions: Subscriptions;
  readonly retainedReplay: RetainedReplay;
  readonly publishHead: PublishHead;
  readonly unacknowledged: HandedMessage;
  readonly acknowledged: HandedMessage;
  /** [MQTT-3.1.2-8] [MQTT-3.1.2-10] */
  will: Will | undefined;
  readonly end: EndSession;
}
