import type { Clock } from "../../actors/mod.ts";
import { REFUSED_CONNECT_FACT_MS } from "./limits.ts";

/** Things of which a refused CONNECT is remembered, before the memory is cleared. */
const THINGS_REMEMBERED_MAX = 10_000;

/** Makes the function that says whether another refused CONNECT of a thing may be recorded. */
export function boundRefusedConnects(clock: Clock): (thingId: string) => boolean {
  const lastMs = new Map<string, number>();
  return (thingId) => {
    const nowMs = clock.nowMs();
    if (nowMs - (lastMs.get(thingId) ?? -Infinity) < REFUSED_CONNECT_FACT_MS) return false;
    if (lastMs.size >= THINGS_REMEMBERED_MAX) lastMs.clear();
    lastMs.set(thingId, nowMs);
    return true;
  };
}
