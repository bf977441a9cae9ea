/** Ended sessions of one thing that are kept; a flapping device must not fill the disk. */
export const ENDED_PER_THING_MAX = 1_000;
/** Subscriptions of one session that are over and are kept, the newest. */
export const ENDED_SUBSCRIPTIONS_MAX = 200;
/** Different refusals of one session that are kept, and of the CONNECTs of one thing, the newest. */
export const REFUSALS_KEPT_MAX = 50;

/** What stands in place of a session's id where a CONNECT was refused: no session came of it. */
export const NO_SESSION = "";

/**
 * A row of `sessions` and of `subscriptions` holds from its beginning to its end: who was connected
 * at an instant, and to what, is a range. A session's number is the revision of its first fact, so
 * that it is the same however often the model is rebuilt, and from whatever part of the stream is left.
 */
export const PRESENCE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    domain_id TEXT NOT NULL, thing_id TEXT NOT NULL, session_id TEXT NOT NULL,
    number INTEGER NOT NULL, client_id TEXT NOT NULL, protocol TEXT NOT NULL,
    edge TEXT NOT NULL, address TEXT NOT NULL,
    from_position INTEGER NOT NULL, to_position INTEGER, from_ms INTEGER NOT NULL, to_ms INTEGER,
    refusals INTEGER NOT NULL,
    connected TEXT NOT NULL, ended TEXT,
    PRIMARY KEY (domain_id, thing_id, session_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS open_sessions ON sessions (thing_id) WHERE to_position IS NULL;
  CREATE INDEX IF NOT EXISTS numbered ON sessions (domain_id, thing_id, number);
  CREATE TABLE IF NOT EXISTS subscriptions (
    domain_id TEXT NOT NULL, thing_id TEXT NOT NULL, session_id TEXT NOT NULL,
    filter TEXT NOT NULL, options TEXT NOT NULL, cause TEXT NOT NULL,
    from_position INTEGER NOT NULL, to_position INTEGER, from_ms INTEGER NOT NULL, to_ms INTEGER,
    PRIMARY KEY (domain_id, thing_id, session_id, from_position, filter)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS refusals (
    domain_id TEXT NOT NULL, thing_id TEXT NOT NULL, session_id TEXT NOT NULL,
    action TEXT NOT NULL, topic TEXT NOT NULL, reason TEXT NOT NULL, reason_code INTEGER,
    count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    client_id TEXT NOT NULL, address TEXT NOT NULL,
    PRIMARY KEY (domain_id, thing_id, session_id, action, topic, reason)
  ) STRICT, WITHOUT ROWID;
`;
