import type { Clock } from "../../actors/mod.ts";

/**
 * Calls back when nothing was heard for `limitMs`. No timer is moved on the hot path: this one looks
 * when it rings how long the silence is. Returns what ends it.
 */
export function watchSilence(
  clock: Clock,
  { limitMs, silentMs, onSilent }: {
    readonly limitMs: number;
    readonly silentMs: () => number;
    readonly onSilent: () => void;
  },
): () => void {
  let cancel = (): void => {};
  const look = (): void => {
    const leftMs = limitMs - silentMs();
    if (leftMs <= 0) onSilent();
    else cancel = clock.schedule(leftMs, look);
  };
  look();
  return () => cancel();
}
