import type {
  Clock,
  CommandGateway,
  DeadLetters,
  EngineStatus,
  EventReader,
  Logger,
  Secrets,
  Tracing,
} from "../../actors/mod.ts";
import type { AccessIndex, LiveFeed, ReadModels } from "../../projections/mod.ts";
import type { Ingress } from "../ingress/mod.ts";
import type { HttpCounters } from "./counters.ts";
import type { DeviceEdge } from "./device_edge.ts";

export type EngineName = "eventStore" | "mailbox" | "timeSeries";

/** What the HTTP edge stands on; the composition root fills it. */
export interface HttpGround {
  readonly runtime: CommandGateway;
  readonly events: EventReader;
  readonly deadLetters: DeadLetters;
  readonly ingress: Ingress;
  readonly liveFeed: LiveFeed;
  readonly access: AccessIndex;
  readonly readModels: ReadModels;
  readonly secrets: Secrets;
  readonly devices: DeviceEdge;
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
  /** Each engine that this process stands on. */
  readonly engines: Readonly<Record<EngineName, () => Promise<EngineStatus>>>;
  readonly counters: HttpCounters;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing;
  /** Prometheus text of everything that other parts count. */
  readonly metrics: () => Promise<string>;
}
