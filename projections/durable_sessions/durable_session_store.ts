import { assertNever, type KeptSession, NEVER_EXPIRES } from "../../actors/mod.ts";
import { FileReadModel } from "../read_model/mod.ts";
import {
  durableSessionsProjection,
  type DurableSessionWrite,
} from "./durable_sessions_projection.ts";

// Sessions whose clients are away are found by their end. Those that have a connection are found by
// when they wrote last: only what a process before this one left so can be over.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    stream TEXT PRIMARY KEY,
    domain_id TEXT NOT NULL, thing_id TEXT NOT NULL, client_id TEXT NOT NULL,
    connection_id TEXT NOT NULL, connected INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    expiry_seconds INTEGER NOT NULL, ends_ms INTEGER,
    subscriptions INTEGER NOT NULL, since_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sessions_of_thing ON sessions (thing_id, client_id);
  CREATE INDEX IF NOT EXISTS sessions_away ON sessions (ends_ms) WHERE connected = 0;
  CREATE INDEX IF NOT EXISTS sessions_connected ON sessions (at_ms) WHERE connected = 1;
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
      case "DurableSessionDiscarded":
        this.file.statement("DELETE FROM sessions WHERE stream = ?").run(write.stream);
        return;
      default:
        return assertNever(write);
    }
  }

  #keep(stream: string, session: KeptSession): void {
    const { connected, atMs, expirySeconds } = session;
    const ends = !connected && expirySeconds < NEVER_EXPIRES;
    this.file.statement("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        stream,
        session.domainId,
        session.thingId,
        session.clientId,
        session.connectionId,
        connected ? 1 : 0,
        atMs,
        expirySeconds,
        ends ? atMs + expirySeconds * 1_000 : null,
        session.subscriptions.length,
        session.sinceMs,
      );
  }
}
