import type { Expiring } from "../../actors/mod.ts";
import type { ReadModelFile } from "../read_model/mod.ts";

/** A session that outlives its connection, as it wrote itself down last; see `sessionEndsMs`. */
export interface DurableSessionRecord extends Expiring {
  readonly domainId: string;
  readonly thingId: string;
  readonly clientId: string;
  /** The connection that it has, or had last. */
  readonly connectionId: string;
  /** How many it has. */
  readonly subscriptions: number;
  /** What it has not sent was received after this, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

export interface DurableSessionQueries {
  /** In the order of client ids; `after` is the last one of the page before. */
  ofThing(
    thing: { readonly domainId: string; readonly thingId: string },
    page: { readonly limit: number; readonly after?: string },
  ): { readonly total: number; readonly sessions: readonly DurableSessionRecord[] };
  count(thingId: string): number;
  /** Whose time is over, as far as is known here; those that ended first come first. */
  expired(
    which: { readonly nowMs: number; readonly limit: number },
  ): readonly DurableSessionRecord[];
  /**
   * Those that wrote before an instant that they have a connection, and of which nobody noticed that
   * it is gone; in the order of their streams, `after` is the last one of the page before.
   */
  connected(
    which: { readonly writtenBeforeMs: number; readonly limit: number; readonly after: string },
  ): readonly (DurableSessionRecord & { readonly stream: string })[];
}

export function durableSessionQueries(file: ReadModelFile): DurableSessionQueries {
  return {
    ofThing({ domainId, thingId }, { limit, after = "" }) {
      const where = "domain_id = ? AND thing_id = ?";
      const total = file.statement(`SELECT count(*) AS total FROM sessions WHERE ${where}`)
        .get(domainId, thingId)!["total"] as number;
      const rows = file.statement(
        `SELECT * FROM sessions WHERE ${where} AND client_id > ? ORDER BY client_id LIMIT ?`,
      ).all(domainId, thingId, after, limit);
      return { total, sessions: rows.map(recordOf) };
    },
    count: (thingId) =>
      file.statement("SELECT count(*) AS total FROM sessions WHERE thing_id = ?")
        .get(thingId)!["total"] as number,
    expired: ({ nowMs, limit }) =>
      file.statement("SELECT * FROM sessions WHERE ends_ms < ? ORDER BY ends_ms LIMIT ?")
        .all(nowMs, limit).map(recordOf),
    connected: ({ writtenBeforeMs, limit, after }) =>
      file.statement(
        `SELECT * FROM sessions WHERE connected = 1 AND lost_ms IS NULL AND at_ms < ? AND stream > ?
         ORDER BY stream LIMIT ?`,
      ).all(writtenBeforeMs, after, limit)
        .map((row) => ({ ...recordOf(row), stream: row["stream"] as string })),
  };
}

function recordOf(row: Record<string, unknown>): DurableSessionRecord {
  return {
    domainId: row["domain_id"] as string,
    thingId: row["thing_id"] as string,
    clientId: row["client_id"] as string,
    connectionId: row["connection_id"] as string,
    connected: row["connected"] === 1,
    atMs: row["at_ms"] as number,
    ...(row["lost_ms"] === null ? {} : { lostAtMs: row["lost_ms"] as number }),
    expirySeconds: row["expiry_seconds"] as number,
    subscriptions: row["subscriptions"] as number,
    sinceMs: row["since_ms"] as number,
  };
}
