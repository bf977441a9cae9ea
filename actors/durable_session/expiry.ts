import type { KeptSession } from "./events.ts";

/** Session expiry of MQTT 5 that means for ever (section 3.1.2.11.2). */
export const NEVER_EXPIRES = 0xffff_ffff;

/** What of a session says when it ends. */
export type Expiring = Pick<KeptSession, "connected" | "atMs" | "expirySeconds" | "lostAtMs">;

/**
 * When the session ends if its client does not return, milliseconds since the Unix epoch; undefined
 * if that is never, or not known because it has a connection, or nobody noticed yet that it has lost
 * it. The one rule for whoever asks: a CONNECT, the sweep and those who look.
 */
export function sessionEndsMs(session: Expiring): number | undefined {
  const { connected, atMs, expirySeconds, lostAtMs } = session;
  if (expirySeconds >= NEVER_EXPIRES) return undefined;
  const leftMs = connected ? lostAtMs : atMs;
  return leftMs === undefined ? undefined : leftMs + expirySeconds * 1_000;
}

/** True for a session whose time was over before its client came back [MQTT5-4.1.0-2]. */
export function isSessionOver(session: Expiring, nowMs: number): boolean {
  const endsMs = sessionEndsMs(session);
  return endsMs !== undefined && endsMs < nowMs;
}
