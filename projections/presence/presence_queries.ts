import type { At } from "../directory/mod.ts";
import type { ReadModelFile } from "../read_model/mod.ts";
import { type SessionQueries, sessionQueries } from "./session_queries.ts";

/** Whether a thing is, or was, connected. */
export interface Presence {
  readonly connected: boolean;
  /** Since when it is connected, or not. */
  readonly sinceMs: number;
  readonly clientId: string;
  readonly protocol: string;
  /** Why the last session ended; empty while one is open. */
  readonly reason: string;
}

export interface OpenSession {
  readonly domainId: string;
  readonly thingId: string;
  readonly sessionId: string;
  readonly clientId: string;
}

export interface PresenceQueries extends SessionQueries {
  /** Undefined if the thing had never been connected. */
  presence(
    thing: { readonly domainId: string; readonly thingId: string },
    at?: At,
  ): Presence | undefined;
  /** Sessions without an end that began at `through` or before. */
  openSessions(
    which: { readonly through: number; readonly limit: number },
  ): readonly OpenSession[];
}

export function presenceQueries(file: ReadModelFile): PresenceQueries {
  return {
    ...sessionQueries(file),
    presence({ domainId, thingId }, at = { position: Number.MAX_SAFE_INTEGER }) {
      const [unit, place] = "ms" in at ? ["ms", at.ms] : ["position", at.position];
      const row = file.statement(
        `SELECT *, (to_${unit} IS NULL OR to_${unit} > ?) AS open FROM sessions
         WHERE domain_id = ? AND thing_id = ? AND from_${unit} <= ?
         ORDER BY open DESC, iif(open, from_position, to_position) DESC LIMIT 1`,
      ).get(place, domainId, thingId, place);
      if (row === undefined) return undefined;
      const connected = row["open"] === 1;
      return {
        connected,
        sinceMs: (connected ? row["from_ms"] : row["to_ms"]) as number,
        clientId: row["client_id"] as string,
        protocol: row["protocol"] as string,
        reason: connected ? "" : JSON.parse(row["ended"] as string).reason as string,
      };
    },
    openSessions({ through, limit }) {
      const rows = file.statement(
        "SELECT * FROM sessions WHERE to_position IS NULL AND from_position <= ? LIMIT ?",
      ).all(through, limit);
      return rows.map((row) => ({
        domainId: row["domain_id"] as string,
        thingId: row["thing_id"] as string,
        sessionId: row["session_id"] as string,
        clientId: row["client_id"] as string,
      }));
    },
  };
}
