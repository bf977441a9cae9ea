/** Who acts: nothing is written without one. */
export interface Principal {
  readonly kind: "user" | "thing" | "system" | "anonymous";
  /** UUID of the user or thing; a fixed word for the system's own parts. */
  readonly id: string;
}

export type EdgeName = "http" | "mqtt" | "ws" | "coap" | "system";

/** From where, by whom and because of what a command arrived; copied into every event it causes. */
export interface CommandContext {
  /** Names the command, and becomes the causation id of its events: a second arrival changes nothing. */
  readonly commandId: string;
  /** Shared by everything that one request of a person or device set off. */
  readonly correlationId: string;
  readonly principal: Principal;
  readonly edge: EdgeName;
  /** `ip:port` of the peer; `local` for the system's own parts. */
  readonly remoteAddress: string;
}
