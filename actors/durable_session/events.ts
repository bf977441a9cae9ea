/** A message of a channel by its place in the log: position of its batch, index in it. */
export type LogPlace = readonly [position: number, index: number];

/** What the client must send next about a message on its way to it. */
export type Awaited = "puback" | "pubrec" | "pubcomp";

/** A message on its way to the client, under its packet id. */
export interface InflightRecord {
  readonly packetId: number;
  readonly awaits: Awaited;
  /** How the topic was written, and the channel. */
  readonly form: string;
  readonly channelId: string;
  readonly place: LogPlace;
  /** When the message was received, milliseconds since the Unix epoch: where to look for it. */
  readonly receivedMs: number;
  /** It was sent as a retained message. */
  readonly retain: boolean;
}

/** A subscription with its options, as MQTT 5 names them (section 3.8.3.1). */
export interface KeptSubscription {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier?: number;
  /** Only messages after this position are meant. */
  readonly since: number;
}

/** Everything of a session that its client must find again. */
export interface KeptSession {
  readonly domainId: string;
  readonly thingId: string;
  readonly clientId: string;
  /** Seconds after the end of its connection; 4,294,967,295 means for ever. */
  readonly expirySeconds: number;
  /** The connection that it has, or had last: what it published carries this id. */
  readonly connectionId: string;
  readonly connected: boolean;
  /** When it was noticed that its connection was gone without a farewell; milliseconds likewise. */
  readonly lostAtMs?: number;
  /** When this was written, milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly subscriptions: readonly KeptSubscription[];
  /** Every message up to this position was sent, but for what `lanes` says. */
  readonly after: number;
  /** What was not sent yet was received after this, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** `form channelId`: messages up to this place were sent, and none after it. */
  readonly lanes: { readonly [lane: string]: LogPlace };
  /** In the order in which they were sent. */
  readonly inflight: readonly InflightRecord[];
  /** Packet ids of QoS 2 messages of the client that were answered and not yet released. */
  readonly received: readonly number[];
  /**
   * What the client had released since `after`. Only in a state that says where the session is in a
   * log that its events were moved to.
   */
  readonly released?: readonly ReleasedId[];
}

/** A packet id that the client released, and where in the log that stands. */
export interface ReleasedId {
  readonly packetId: number;
  readonly position: number;
}

/** What changed since the state or progress before it. */
export interface SessionProgress {
  /** Messages that were sent, or came a step further, in this order. */
  readonly inflight: readonly InflightRecord[];
  /** Packet ids that are free again. */
  readonly done: readonly number[];
  /** QoS 2 packet ids of the client that it released. */
  readonly released: readonly number[];
  /** As in KeptSession; replaces those of the same name. */
  readonly lanes: { readonly [lane: string]: LogPlace };
}

export type DurableSessionEvent =
  | { readonly type: "DurableSessionKept"; readonly data: KeptSession }
  | { readonly type: "DurableSessionProgressed"; readonly data: SessionProgress }
  | {
    /** Its node is gone, or was killed: from now on its time runs. */
    readonly type: "DurableSessionLost";
    readonly data: { readonly domainId: string; readonly atMs: number };
  }
  | {
    readonly type: "DurableSessionDiscarded";
    readonly data: { readonly domainId: string; readonly reason: string };
  };
