/** What the actors of a process have done since it started. */
export interface ActorCounters {
  activations: number;
  passivations: number;
  /** Actors that were dropped because a command failed in a way that nobody expected. */
  crashes: number;
  /** Appends that found their stream changed by another. */
  conflicts: number;
  /** Commands that were carried out, now or before. */
  commands: number;
  /** Commands that were refused. */
  rejections: number;
}

export function newActorCounters(): ActorCounters {
  return {
    activations: 0,
    passivations: 0,
    crashes: 0,
    conflicts: 0,
    commands: 0,
    rejections: 0,
  };
}
