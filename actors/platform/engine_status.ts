/** What an operator is told of an engine behind a port; /ready shows it. */
export interface EngineStatus {
  /** `sqlite`, `eventstoredb`, `in-process`, `jetstream`, `influxdb`. */
  readonly engine: string;
  /** As the engine names it; empty while it is not known. */
  readonly version: string;
  readonly state: "up" | "away";
  /** Why it is away, or what it cannot do for now. No connection string: it may hold a password. */
  readonly reason?: string;
  /** What waits for it: appends, frames, positions of the log. */
  readonly lag?: number;
  /** Settings of the engine that promise less than Millrace does, each as a sentence. */
  readonly warnings?: readonly string[];
}

/** Something that an operator may ask about. */
export interface Engine {
  /** Answers at once from what is known; never waits for an engine that is away. */
  status(): Promise<EngineStatus>;
}
