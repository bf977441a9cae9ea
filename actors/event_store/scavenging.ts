import type { Clock, Logger } from "../platform/mod.ts";
import type { EventStore } from "./event_store.ts";

/** From the start, and from the end of a scavenge, to the next one, in milliseconds. */
const SCAVENGE_EVERY_MS = 10 * 60_000;

/**
 * Frees what the limits of streams hide, now and then. What goes was passed by every reader one
 * interval before: a read model that a crash of the machine has set back by a moment still finds what
 * it has to read again.
 */
export function scavengeRegularly(
  { store, clock, logger, passed }: {
    readonly store: EventStore;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Position that every reader of the log has passed. */
    readonly passed: () => Promise<number>;
  },
): { stop(): void } {
  let isOver = false;
  let cancel = () => {};
  const scavenge = async (through: number) => {
    try {
      const { eventsRemoved } = await store.scavenge({ through });
      if (eventsRemoved > 0) logger.info("hidden events removed", { eventsRemoved });
    } catch (error) {
      // A log without room or a writer that is away: nothing is lost by waiting.
      if (!isOver) logger.warn("hidden events stay", { error: String(error) });
    }
  };
  const wait = async () => {
    const through = await passed().catch((error: unknown) => {
      if (!isOver) logger.warn("hidden events stay", { error: String(error) });
      return 0;
    });
    if (isOver) return;
    cancel = clock.schedule(SCAVENGE_EVERY_MS, async () => {
      await scavenge(through);
      if (!isOver) void wait();
    });
  };
  void wait();
  return {
    stop() {
      isOver = true;
      cancel();
    },
  };
}
