import type { LogPlace } from "../../../actors/mod.ts";
import type { LiveMessage } from "../../../projections/mod.ts";
import type { Lane } from "./lane.ts";
import type { TopicForm } from "../topics.ts";

/** When a message is of no use any more [MQTT5-3.3.2-5]. */
export interface Expiry {
  readonly untilMs: number;
  /** Where the seconds that are left stand in the frame [MQTT5-3.3.2-6]; MQTT 3.1.1 does not say. */
  readonly at?: number;
}

/** A message by its place, for a session that must find it again. */
export interface Track {
  /** How its topic is written. */
  readonly form: TopicForm;
  readonly channelId: string;
  /** Absent where no lane brought it: for a retained message, and for a shared one. */
  readonly lane: Lane | undefined;
  readonly place: LogPlace;
  readonly receivedMs: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** Where a session that outlives its connection notes what is on its way. */
export interface OutboundJournal {
  sent(packetId: number, track: Track): void;
  pubrec(packetId: number): void;
  done(packetId: number): void;
  /** Calls back when everything noted so far cannot be lost any more. */
  whenDurable(then: () => void): void;
}

/** A message of QoS 1 or 2 that one member of a group is given. */
export interface SharedHanding {
  /** Whose message it is. */
  readonly group: unknown;
  readonly qos: 1 | 2;
  readonly place: LogPlace;
  /** When it was received, milliseconds since the Unix epoch. */
  readonly receivedMs: number;
  /** A copy that stays valid; without it the log has the message. */
  readonly message?: LiveMessage;
  /** Called at most once, if the message did not reach this member. */
  onUndelivered(): void;
  /** Called at most once, when it can go to nobody else any more. */
  onSettled?(): void;
}

/** What few messages need. */
export interface Sending {
  readonly expiry?: Expiry;
  readonly track?: Track;
  /** Set if this subscriber is one of several that share the message. */
  readonly shared?: SharedHanding;
}

/** A message that the log brought, as one session is to get it. */
export interface ReadMessage {
  readonly bytes: Uint8Array;
  readonly qos: 1 | 2;
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
  /** Bytes of the largest acknowledgement that may have words [MQTT5-3.1.2-29]; 0 if none may. */
  readonly wordsBytesMax: number;
  readonly topicAliasMaximum: number;
}
