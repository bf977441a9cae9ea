import type { KeptSession } from "./events.ts";

/** Session expiry of MQTT 5 that means for ever (section 3.1.2.11.2). */
export const NEVER_EXPIRES = 0xffff_ffff;

/** What of a session says when it ends. */
export type Expiring = Pick<KeptSession, "connected" | "atMs" | "expirySeconds">;

/**
 * When the session ends if its client does not return, milliseconds since the Unix epoch; undefined
 * if that is never, or not known because its connection is open. The one rule for whoever asks: a
 * CONNECT, the sweep and those who look. `startedMs` is when the platform began.
 */
export function sessionEndsMs(
  { connected, atMs, expirySeconds }: Expiring,
  startedMs: number,
): number | undefined {
  if (expirySeconds >= NEVER_EXPIRES) return undefined;
  if (connected && atMs >= startedMs) return undefined;
  // One that had a connection when the platform was killed lost it at the latest at this start.
  const leftMs = connected ? startedMs : atMs;
  return leftMs + expirySeconds * 1_000;
}

/** True for a session whose time was over before its client came back [MQTT5-4.1.0-2]. */
export function isSessionOver(
  session: Expiring,
  { nowMs, startedMs }: { readonly nowMs: number; readonly startedMs: number },
): boolean {
  const endsMs = sessionEndsMs(session, startedMs);
  return endsMs !== undefined && endsMs < nowMs;
}
