import type { Follower } from "./follower.ts";
import type { EngineStatus } from "./projection.ts";

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  /** Position reached. */
  readonly checkpoint: number;
  /** Positions behind the end of the log. */
  readonly lag: number;
  /** `waiting`: the engine of its read model is away; it goes on by itself, and nothing waits for it. */
  readonly state: "catching_up" | "live" | "waiting" | "red";
  readonly error?: string;
  readonly engine?: EngineStatus;
}

/** How a projection stands against the end of the log. */
export function statusOf(follower: Follower, end: number): ProjectionStatus {
  const { followed: { projection, readModel }, checkpoint, error } = follower;
  const engine = readModel.engine?.();
  return {
    name: projection.name,
    version: projection.version,
    checkpoint,
    lag: Math.max(0, end - checkpoint),
    state: stateOf(follower),
    ...(error === undefined ? {} : { error }),
    ...(engine === undefined ? {} : { engine }),
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
