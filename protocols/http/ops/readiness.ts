import type { EngineStatus } from "../../../actors/mod.ts";
import type { ProjectionStatus } from "../../../projections/mod.ts";
import type { EngineName, HttpGround } from "../ground.ts";
import { engineStatuses } from "./engines.ts";

export interface Readiness {
  readonly ready: boolean;
  /** Why not. */
  readonly reason?: string;
  readonly version: string;
  readonly engines: Readonly<Record<EngineName, EngineStatus>>;
  readonly projections: readonly ProjectionStatus[];
}

/** What stops the platform while it is away. Without a time series messages are taken all the same. */
const NEEDED = [["eventStore", "event store"], ["mailbox", "mailbox"]] as const;

/** Whether the platform can do its work, and if not, why. */
export async function readinessOf(ground: HttpGround): Promise<Readiness> {
  const [engines, projections] = await Promise.all([
    engineStatuses(ground.engines),
    ground.readModels.status(),
  ]);
  const reason = ground.ready().reason ?? awayReason(engines) ?? redReason(projections);
  const lag = projections.find(({ name }) => name === "measurements")?.lag;
  return {
    ready: ground.ready().ready && reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    version: ground.version,
    engines: {
      ...engines,
      // An engine that keeps no count of its own is behind as far as what fills it.
      timeSeries: { ...(lag === undefined ? {} : { lag }), ...engines.timeSeries },
    },
    projections,
  };
}

function awayReason(engines: Readiness["engines"]): string | undefined {
  for (const [port, words] of NEEDED) {
    const { engine, state, reason } = engines[port];
    if (state === "away") return `${words} '${engine}' is away: ${reason ?? "it does not answer"}`;
  }
  return undefined;
}

function redReason(projections: readonly ProjectionStatus[]): string | undefined {
  const red = projections.find(({ state }) => state === "red");
  return red && `projection '${red.name}' ${red.error}`;
}
