import type { EdgeName, Principal } from "../context.ts";
import type { SessionEvent } from "./events.ts";

/** Who reports, and from where; every fact of one connection carries the same. */
export interface SessionOrigin {
  readonly thingId: string;
  /** Also the correlation id of every event of this connection (UUID). */
  readonly sessionId: string;
  readonly principal: Principal;
  readonly edge: EdgeName;
  readonly remoteAddress: string;
}

/** Where edges report what happened to a connection. Recording never blocks a packet. */
export interface SessionJournal {
  /** Keeps order per thing. Past the bound of waiting facts the oldest are counted and dropped. */
  record(origin: SessionOrigin, event: SessionEvent): void;
}
