import { assertNever, type KeptSession, NEVER_EXPIRES, sessionEndsMs } from "../../actors/mod.ts";
import { FileReadModel } from "../read_model/mod.ts";
import {
  durableSessionsProjection,
  type DurableSessionWrite,
} from "./durable_sessions_projection.ts";

// Sessions whose clients are away are found by their end. Those that have a connection are gone
// through one after another, for whoever has to notice that it is gone.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    stream TEXT PRIMARY KEY,
    domain_id TEXT NOT NULL, thing_id TEXT NOT NULL, client_id TEXT NOT NULL,
    connection_id TEXT NOT NULL, connected INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    expiry_seconds INTEGER NOT NULL, lost_ms INTEGER, ends_ms INTEGER,
    subscriptions INTEGER NOT NULL, since_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sessions_of_thing ON sessions (thing_id, client_id);
  CREATE INDEX IF NOT EXISTS sessions_away ON sessions (ends_ms) WHERE ends_ms IS NOT NULL;
  CREATE INDEX IF NOT EXISTS sessions_connected ON sessions (stream)
    WHERE connected = 1 AND lost_ms IS NULL;
`;

/** One row for each session that was not discarded. */
export class DurableSessionStore extends FileReadModel<DurableSessionWrite> {
  constructor(folder: string) {
    const { name, version } = durableSessionsProjection;
    super(folder, { name, version, schema: SCHEMA });
  }

  protected override write(writes: readonly DurableSessionWrite[]): void {
    for (const write of writes) this.#apply(write);
  }

  #apply(write: DurableSessionWrite): void {
    switch (write.type) {
      case "DurableSessionKept":
        return this.#keep(write.stream, write.data);
      case "DurableSessionLost":
        this.file.statement(
          `UPDATE sessions SET lost_ms = ?1, ends_ms = iif(expiry_seconds < ?2, ?1 + expiry_seconds * 1000, NULL)
           WHERE stream = ?3`,
        ).run(write.data.atMs, NEVER_EXPIRES, write.stream);
        return;
      case "DurableSessionDiscarded":
        this.file.statement("DELETE FROM sessions WHERE stream = ?").run(write.stream);
        return;
      default:
        return assertNever(write);
    }
  }

  #keep(stream: string, session: KeptSession): void {
    this.file.statement(
      "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
      .run(
        stream,
        session.domainId,
        session.thingId,
        session.clientId,
        session.connectionId,
        session.connected ? 1 : 0,
        session.atMs,
        session.expirySeconds,
        session.lostAtMs ?? null,
        sessionEndsMs(session) ?? null,
        session.subscriptions.length,
        session.sinceMs,
      );
  }
}
