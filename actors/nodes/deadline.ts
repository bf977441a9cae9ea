import { TransientError } from "../errors.ts";
import type { Clock } from "../platform/mod.ts";

/** Throws TransientError when the time is over: what comes of the work then is unknown. */
export async function within<T>(
  work: Promise<T>,
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly action: string },
): Promise<T> {
  const { clock, timeoutMs, action } = options;
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(
    timeoutMs,
    () => late.reject(new TransientError(`Cannot ${action}: no answer within ${timeoutMs} ms`)),
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}
