/** Milliseconds before the first repeat; each further one waits twice as long. */
const FIRST_MS = 50;
const LONGEST_MS = 2_000;

/** How long to wait before repeat number `attempt`, which counts from 0. */
export function backOffMs(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** Ends early when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Resolves when the promise does, or when the time is over; answers whether it was the promise. */
export async function settledWithin(
  promise: Promise<unknown>,
  { ms, signal }: { readonly ms: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  const over = new AbortController();
  const ends = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([promise.then(() => true), pause(ms, ends).then(() => false)]);
  } finally {
    over.abort();
  }
}
