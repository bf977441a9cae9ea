/** Who acts: nothing is written without one. */
export interface Principal {
  readonly kind: "user" | "thing" | "system" | "anonymous";
  /** UUID of the user or thing; a fixed word for the system's own parts. */
  readonly id: string;
}

export type EdgeName = "http" | "mqtt" | "ws" | "coap" | "system";

/** From where, by whom and because of what a command arrived; copied into every event it causes. */
export interface CommandContext {
  /** Names the command: a second arrival of the same one changes nothing. */
  readonly commandId: string;
  /** What caused it: the request's or packet's id; the command's own id where it is the origin. */
  readonly causationId: string;
  /** Shared by everything that one request of a person or device set off. */
  readonly correlationId: string;
  readonly principal: Principal;
  readonly edge: EdgeName;
  /** `ip:port` of the peer; `local` for the system's own parts. */
  readonly remoteAddress: string;
  /** Milliseconds since the Unix epoch, read by the edge: deciders never look at a clock. */
  readonly atMs: number;
}
