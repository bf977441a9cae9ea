import type { OpenSession } from "./open_session.ts";

/** What one connection has carried so far. */
export interface Carried {
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** QoS 0 messages that the subscriber did not read in time. */
  readonly messagesDropped: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** `bytes` are those that the socket brought and took. */
export function carriedBy(
  { inbound, outbound, out }: OpenSession,
  bytes: { readonly received: number; readonly sent: number },
): Carried {
  return {
    messagesReceived: inbound.accepted,
    messagesSent: outbound.sent,
    messagesDropped: outbound.dropped,
    bytesReceived: bytes.received,
    bytesSent: bytes.sent + out.pendingBytes,
  };
}
