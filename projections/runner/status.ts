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
  /** `waiting`: the engine of its read model is away; it goes on by itself, and nothing waits for it. */
  readonly state: "catching_up" | "live" | "waiting" | "red";
  readonly error?: string;
}

/** Where a follower stands, as of an instant and of the end of the log as far as it is known. */
export function statusOf(
  follower: Follower,
  { end, nowMs }: { readonly end: number; readonly nowMs: number },
): ProjectionStatus {
  const { followed: { projection }, checkpoint, behindSinceMs, events, error } = follower;
  return {
    name: projection.name,
    version: projection.version,
    checkpoint,
    lag: Math.max(0, end - checkpoint),
    lagSeconds: behindSinceMs === undefined ? 0 : Math.max(0, nowMs - behindSinceMs) / 1_000,
    events,
    state: stateOf(follower),
    ...(error === undefined ? {} : { error }),
  };
}

function stateOf({ waiting, error, live }: Follower): ProjectionStatus["state"] {
  if (waiting) return "waiting";
  if (error !== undefined) return "red";
  return live ? "live" : "catching_up";
}

/** Of several runners that follow one log: whoever waits does not see how far it has grown. */
export function statusOfAll(
  runners: readonly { status(): readonly ProjectionStatus[] }[],
): readonly ProjectionStatus[] {
  const statuses = runners.flatMap((runner) => runner.status());
  const end = Math.max(0, ...statuses.map(({ checkpoint, lag }) => checkpoint + lag));
  return statuses.map((status) => ({ ...status, lag: end - status.checkpoint }));
}
