import type { Clock, EventReader, Logger } from "../../actors/mod.ts";

/**
 * Until the log has grown beyond `seen`, the time is over, or the signal is given. While nobody can
 * take an event (`seen` is infinite), none is watched for.
 */
export async function grownOrDue(
  ground: { readonly clock: Clock; readonly events: EventReader; readonly logger: Logger },
  { signal, seen, timeoutMs }: {
    readonly signal: AbortSignal;
    readonly seen: number;
    readonly timeoutMs: number;
  },
): Promise<void> {
  const { clock, events, logger } = ground;
  if (signal.aborted) return;
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener("abort", stop, { once: true });
  const cancel = clock.schedule(timeoutMs, stop);
  try {
    if (Number.isFinite(seen)) await events.grownBeyond(seen, over.signal);
    else await aborted(over.signal);
  } catch (error) {
    logger.warn("the log cannot be watched", {
      error: error instanceof Error ? error.message : String(error),
    });
    await aborted(over.signal);
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
