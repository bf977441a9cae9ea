import type { ActorRuntime, Clock, EventReader, Logger, Secrets } from "../../actors/mod.ts";
import type {
  AccessIndex,
  DirectoryQueries,
  HistoryQueries,
  LiveFeed,
  PresenceQueries,
  ProjectionStatus,
  TimeSeriesQueries,
} from "../../projections/mod.ts";
import type { Ingress } from "../ingress/mod.ts";

/** The same questions, asked of another thread. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** Everything that is read; it lives in a thread of its own. */
export interface ReadModels {
  readonly directory: Remote<DirectoryQueries>;
  readonly history: Remote<HistoryQueries>;
  readonly presence: Remote<PresenceQueries>;
  readonly measurements: Remote<TimeSeriesQueries>;
  /** False if the projections have not reached the position when the time is over. */
  waitFor(
    position: number,
    options: { readonly projections: readonly string[]; readonly timeoutMs: number },
  ): Promise<boolean>;
  status(): Promise<readonly ProjectionStatus[]>;
}

/** What the HTTP edge stands on; the composition root fills it. */
export interface HttpGround {
  readonly runtime: ActorRuntime;
  readonly events: EventReader;
  readonly ingress: Ingress;
  readonly liveFeed: LiveFeed;
  readonly access: AccessIndex;
  readonly readModels: ReadModels;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** The domain that users without another one belong to. */
  readonly domainId: string;
  /** Anybody may create a user, as in Mainflux's default. */
  readonly selfRegister: boolean;
  readonly version: string;
  /** False while starting or stopping, or while a projection is red. */
  readonly ready: () => { readonly ready: boolean; readonly reason?: string };
  /** Prometheus text of everything that other parts count. */
  readonly metrics: () => Promise<string>;
}
