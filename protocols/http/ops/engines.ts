import { type EngineStatus, withoutSecrets } from "../../../actors/mod.ts";
import type { EngineName, HttpGround } from "../ground.ts";

/** How each engine is; one that cannot even be asked is away. */
export async function engineStatuses(
  engines: HttpGround["engines"],
): Promise<Readonly<Record<EngineName, EngineStatus>>> {
  const { eventStore, mailbox, timeSeries } = engines;
  const [log, line, series] = await Promise.all([eventStore, mailbox, timeSeries].map(asked));
  return { eventStore: log!, mailbox: line!, timeSeries: series! };
}

async function asked(status: () => Promise<EngineStatus>): Promise<EngineStatus> {
  try {
    const told = await status();
    return told.reason === undefined ? told : { ...told, reason: withoutSecrets(told.reason) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { engine: "unknown", version: "", state: "away", reason: withoutSecrets(reason) };
  }
}
