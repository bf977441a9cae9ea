import type { Follower } from "./follower.ts";

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  /** Position reached. */
  readonly checkpoint: number;
  /** Positions behind the end of the log. */
  readonly lag: number;
  /** Seconds since the oldest event was recorded that it has not applied yet; 0 at the end of the log. */
  readonly lagSeconds: number;
  /** Events that it has applied since the start. */
  readonly events: number;
  readonly state: "catching_up" | "live" | "red";
  readonly error?: string;
}

/** Where a follower stands, as of an instant and of the end of the log as far as it is known. */
export function statusOf(
  { followed: { projection }, checkpoint, behindSinceMs, events, error, live }: Follower,
  { end, nowMs }: { readonly end: number; readonly nowMs: number },
): ProjectionStatus {
  return {
    name: projection.name,
    version: projection.version,
    checkpoint,
    lag: Math.max(0, end - checkpoint),
    lagSeconds: behindSinceMs === undefined ? 0 : Math.max(0, nowMs - behindSinceMs) / 1_000,
    events,
    state: error !== undefined ? "red" : live ? "live" : "catching_up",
    ...(error === undefined ? {} : { error }),
  };
}
