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

/** How it ended, as it is recorded. */
export function outcomeOf(
  { reason, clean = false, reasonCode, receivedCode = reasonCode, broken }: Ending & {
    readonly reason: string;
  },
): {
  readonly reason: string;
  readonly clean: boolean;
  readonly endedBy: "client" | "server" | "network";
  readonly reasonCode?: number;
} {
  return {
    reason,
    clean,
    ...(receivedCode === undefined ? {} : { reasonCode: receivedCode }),
    endedBy: clean ? "client" : broken === true ? "network" : "server",
  };
}
