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
    };
  }
  | {
    readonly type: "SessionSubscribed";
    readonly data: {
      readonly domainId: string;
      readonly sessionId: string;
      readonly filter: string;
      readonly qos: 0 | 1 | 2;
    };
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
    };
  };

export type SessionEventType = SessionEvent["type"];
