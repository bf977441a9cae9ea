/** What TLS agreed on when a connection was made. */
export type TlsTerms = {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  /** The name that the client asked for. */
  readonly serverName?: string;
  /** The certificate that the client showed. */
  readonly certificate?: {
    readonly subject: string;
    /** SHA-256, in hexadecimal digits. */
    readonly fingerprint: string;
    /** Why it proves nothing. */
    readonly refused?: string;
  };
};

/** Options of MQTT 5; absent ones are as MQTT 3.1.1 has them. */
export type SubscriptionOptions = {
  readonly qos: 0 | 1 | 2;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: 0 | 1 | 2;
  readonly identifier?: number;
};

/** Facts of one connection; `sessionId` (a UUID) is the connection's correlation id. */
export type SessionEvent =
  | {
    readonly type: "SessionConnected";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly clientId: string;
      readonly protocol: string;
      readonly protocolVersion: string;
      readonly keepAliveSeconds: number;
      readonly cleanSession: boolean;
      /**
       * How long it may outlive its connection, where that is less than was asked for. MQTT 3.1.1 asks
       * for no time: then it is said where the domain allows less than the platform.
       */
      readonly expiry?: { readonly askedSeconds?: number; readonly grantedSeconds: number };
      /** The subscriptions that it found, of a session that was kept while its client was away. */
      readonly resumed?: {
        readonly subscriptions: readonly ({ readonly filter: string } & SubscriptionOptions)[];
        /** How many more there were than one fact holds. */
        readonly more: number;
      };
      /** What carries the protocol: `tls`, `websocket`; absent where it is TCP alone. */
      readonly transport?: string;
      /** Absent where the connection is not encrypted. */
      readonly tls?: TlsTerms;
    };
  }
  | {
    readonly type: "SessionEnded";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly clientId: string;
      /** Plain words: why it ended, and who ended it. */
      readonly reason: string;
      readonly clean: boolean;
      readonly messagesReceived: number;
      readonly messagesSent: number;
      /** QoS 0 messages dropped because the subscriber did not read. */
      readonly messagesDropped: number;
      /** Reason code of MQTT 5, also where MQTT 3.1.1 could not say it; absent if none was said. */
      readonly reasonCode?: number;
      /** The network ended it if neither side said anything. */
      readonly endedBy?: "client" | "server" | "network";
      readonly bytesReceived?: number;
      readonly bytesSent?: number;
    };
  }
  | {
    readonly type: "SessionSubscribed";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly filter: string;
    } & SubscriptionOptions;
  }
  | {
    readonly type: "SessionUnsubscribed";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly filter: string;
      /** `client` asked for it; `access` was taken away. */
      readonly cause: "client" | "access";
    };
  }
  /**
   * A client came back for messages of which the log has lost some: what these channels received
   * before `toMs` is not there any more, and was not sent unless that was before `fromMs`.
   */
  | {
    readonly type: "SessionMessagesGone";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly clientId: string;
      readonly channels: readonly {
        readonly channelId: string;
        /** Milliseconds since the Unix epoch. */
        readonly fromMs: number;
        readonly toMs: number;
      }[];
      /** How many more channels there were than one fact holds. */
      readonly more: number;
    };
  }
  /** A session that outlived its connection is over: its client did not come back in time. */
  | {
    readonly type: "SessionExpired";
    readonly data: {
      readonly domainId: string;
      /** Its last connection. */
      readonly sessionId: string;
      readonly clientId: string;
      /** When that ended, milliseconds since the Unix epoch; at the next start if it was cut off. */
      readonly leftAtMs: number;
      readonly expirySeconds: number;
      /** How many it had. */
      readonly subscriptions: number;
    };
  }
  /** The same refusal as often as it happened between its first and its last time. */
  | {
    readonly type: "SessionRefused";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly clientId: string;
      readonly action: "connect" | "publish" | "subscribe";
      /** Topic or filter that was refused; empty for a refused connect. */
      readonly topic: string;
      readonly reason: string;
      /** Reason code of MQTT 5, also where MQTT 3.1.1 could not say it. */
      readonly reasonCode?: number;
      /** Absent: once, when it was recorded. */
      readonly count?: number;
      /** Milliseconds since the Unix epoch. */
      readonly firstAtMs?: number;
      readonly lastAtMs?: number;
    };
  };

export type SessionEventType = SessionEvent["type"];
