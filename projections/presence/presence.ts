import type { SessionEvent } from "../../actors/mod.ts";
import type { At } from "../directory/mod.ts";
import { openReadModelFile, type ReadModelFile } from "../read_model/mod.ts";
import type { Projection, ReadModel } from "../runner/mod.ts";

export interface PresenceWrite {
  readonly domainId: string;
  readonly thingId: string;
  readonly sessionId: string;
  readonly op: "begin" | "end";
  readonly position: number;
  readonly atMs: number;
  readonly clientId: string;
  readonly protocol: string;
  /** Why it ended. */
  readonly reason: string;
}

export const presenceProjection: Projection<PresenceWrite> = {
  name: "presence",
  version: 1,
  streamPrefixes: ["session-"],
  handles: ["SessionConnected", "SessionEnded"],
  project(event) {
    // The log knows types of events as strings; `handles` lets only these two come here.
    const session = event as unknown as Extract<
      SessionEvent,
      { type: "SessionConnected" | "SessionEnded" }
    >;
    return [{
      domainId: event.metadata.domainId,
      thingId: event.stream.slice("session-".length),
      sessionId: session.data.sessionId,
      op: session.type === "SessionConnected" ? "begin" : "end",
      position: event.position,
      atMs: event.metadata.recordedAtMs,
      clientId: session.data.clientId,
      protocol: session.type === "SessionConnected" ? session.data.protocol : "",
      reason: session.type === "SessionEnded" ? session.data.reason : "",
    }];
  },
};

// A row is a session, which holds from its beginning to its end: "who was connected then" is a range.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    domain_id TEXT NOT NULL, thing_id TEXT NOT NULL, session_id TEXT NOT NULL,
    client_id TEXT NOT NULL, protocol TEXT NOT NULL,
    from_position INTEGER NOT NULL, to_position INTEGER, from_ms INTEGER NOT NULL, to_ms INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (domain_id, thing_id, session_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS open_sessions ON sessions (thing_id) WHERE to_position IS NULL;
`;

/** Ended sessions of one thing that are kept; a flapping device must not fill the disk. */
const ENDED_PER_THING_MAX = 1_000;

export class PresenceStore implements ReadModel<PresenceWrite> {
  readonly file: ReadModelFile;

  constructor(folder: string) {
    const { name, version } = presenceProjection;
    this.file = openReadModelFile(folder, { name, version, schema: SCHEMA });
  }

  checkpoint(): Promise<number> {
    return Promise.resolve(this.file.checkpoint());
  }

  // deno-lint-ignore require-await -- the port is asynchronous, SQLite is not
  async apply(writes: readonly PresenceWrite[], checkpoint: number): Promise<void> {
    this.file.advance(checkpoint, () => {
      for (const write of writes) {
        if (write.op === "begin") this.#begin(write);
        else this.#end(write);
      }
    });
  }

  caughtUp(): void {
    this.file.removeOlderVersions();
  }

  // deno-lint-ignore require-await -- the port is asynchronous, SQLite is not
  async close(): Promise<void> {
    this.file.close();
  }

  #begin(write: PresenceWrite): void {
    this.file.statement(
      "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, NULL, ?, NULL, '')",
    ).run(
      write.domainId,
      write.thingId,
      write.sessionId,
      write.clientId,
      write.protocol,
      write.position,
      write.atMs,
    );
  }

  #end(write: PresenceWrite): void {
    this.file.statement(
      `UPDATE sessions SET to_position = ?, to_ms = ?, reason = ?
       WHERE domain_id = ? AND thing_id = ? AND session_id = ?`,
    ).run(
      write.position,
      write.atMs,
      write.reason,
      write.domainId,
      write.thingId,
      write.sessionId,
    );
    this.file.statement(
      `DELETE FROM sessions WHERE domain_id = ? AND thing_id = ? AND to_position IS NOT NULL
         AND to_position <= (SELECT to_position FROM sessions
           WHERE domain_id = ? AND thing_id = ? AND to_position IS NOT NULL
           ORDER BY to_position DESC LIMIT 1 OFFSET ?)`,
    ).run(write.domainId, write.thingId, write.domainId, write.thingId, ENDED_PER_THING_MAX);
  }
}

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

export interface PresenceQueries {
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
        reason: connected ? "" : row["reason"] as string,
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
