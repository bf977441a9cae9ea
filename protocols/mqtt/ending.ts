import type { ReasonCode } from "./codec/mod.ts";

/** How a connection ends, beside the reason in plain words. */
export interface Ending {
  /** The client said DISCONNECT. */
  readonly clean?: boolean;
  /** What a client of MQTT 5 is told; absent if it cannot or need not hear it. */
  readonly reasonCode?: ReasonCode;
  /** What the client's own DISCONNECT said. */
  readonly receivedCode?: number;
  /** The connection is gone, and neither side said why. */
  readonly broken?: boolean;
}

export type EndSession = (reason: string, ending?: Ending) => void;
