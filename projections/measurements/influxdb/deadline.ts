/** Runs with a signal that aborts after so long, or together with `parent`. */
export async function withDeadline<T>(
  { parent, timeoutMs }: { readonly parent: AbortSignal; readonly timeoutMs: number },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not AbortSignal.any: what it makes stays in memory as long as the parent, which outlives every call.
  const call = new AbortController();
  const end = () => call.abort(parent.reason);
  const late = () => call.abort(new DOMException("it did not answer in time", "TimeoutError"));
  const timer = setTimeout(late, timeoutMs);
  parent.addEventListener("abort", end, { once: true });
  try {
    if (parent.aborted) end();
    return await run(call.signal);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener("abort", end);
  }
}
