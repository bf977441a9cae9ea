import type { RecordedEvent } from "../../actors/mod.ts";
import { ENTITY_EVENT_TYPES, type EntityKind, entityOf, NOTED_EVENT_TYPES } from "../entity/mod.ts";
import { FileReadModel, type ReadModelFile } from "../read_model/mod.ts";
import type { Projection } from "../runner/mod.ts";

/** One line of an entity's history: where the event itself is found in the log. */
export interface HistoryLine {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly atMs: number;
  readonly principalKind: string;
  readonly principalId: string;
}

export interface HistoryWrite extends HistoryLine {
  readonly domainId: string;
  readonly kind: EntityKind;
  readonly id: string;
}

const SESSION_TYPES = [
  "SessionConnected",
  "SessionEnded",
  "SessionSubscribed",
  "SessionUnsubscribed",
  "SessionRefused",
  "SessionExpired",
  "SessionMessagesGone",
];

export const historyProjection: Projection<HistoryWrite> = {
  name: "history",
  version: 1,
  streamPrefixes: ["thing-", "channel-", "user-", "domain-", "session-"],
  handles: [...ENTITY_EVENT_TYPES, ...NOTED_EVENT_TYPES, ...SESSION_TYPES],
  project(event) {
    return entitiesOf(event).map(({ kind, id }) => ({
      domainId: event.metadata.domainId,
      kind,
      id,
      position: event.position,
      stream: event.stream,
      revision: event.revision,
      type: event.type,
      atMs: event.metadata.recordedAtMs,
      principalKind: event.metadata.principal.kind,
      principalId: event.metadata.principal.id,
    }));
  },
};

/** A connection is part of the history of both its ends; what a session went through, of its thing's. */
function entitiesOf(event: RecordedEvent): readonly { kind: EntityKind; id: string }[] {
  if (event.stream.startsWith("session-")) {
    return [{ kind: "thing", id: event.stream.slice("session-".length) }];
  }
  const own = entityOf(event.stream);
  if (event.type !== "ThingConnected" && event.type !== "ThingDisconnected") return [own];
  // The log types data as JSON or bytes; these two types of event have this member.
  const { channelId } = event.data as unknown as { readonly channelId: string };
  return [own, { kind: "channel", id: channelId }];
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS history (
    domain_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
    stream TEXT NOT NULL, revision INTEGER NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL,
    principal_kind TEXT NOT NULL, principal_id TEXT NOT NULL,
    PRIMARY KEY (domain_id, kind, id, position)
  ) STRICT, WITHOUT ROWID;
`;

/** The history read model: an index over the log, not a copy of it. */
export class HistoryStore extends FileReadModel<HistoryWrite> {
  constructor(folder: string) {
    const { name, version } = historyProjection;
    super(folder, { name, version, schema: SCHEMA });
  }

  protected override write(writes: readonly HistoryWrite[]): void {
    const insert = this.file.statement(
      "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    for (const write of writes) {
      insert.run(
        write.domainId,
        write.kind,
        write.id,
        write.position,
        write.stream,
        write.revision,
        write.type,
        write.atMs,
        write.principalKind,
        write.principalId,
      );
    }
  }
}

export interface HistoryQuestion {
  readonly domainId: string;
  readonly kind: EntityKind;
  readonly id: string;
  /** Milliseconds since the Unix epoch, both included. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly type?: string;
  readonly principalId?: string;
  /** Only what lies beyond this position, in the direction of the question. */
  readonly beyond?: number;
  readonly direction: "asc" | "desc";
  readonly limit: number;
}

export interface HistoryQueries {
  lines(
    question: HistoryQuestion,
  ): { readonly total: number; readonly lines: readonly HistoryLine[] };
}

export function historyQueries(file: ReadModelFile): HistoryQueries {
  return {
    lines(question) {
      const parts = ["domain_id = ?", "kind = ?", "id = ?"];
      const values: (string | number)[] = [question.domainId, question.kind, question.id];
      const add = (part: string, value: string | number | undefined) => {
        if (value === undefined) return;
        parts.push(part);
        values.push(value);
      };
      add("at_ms >= ?", question.fromMs);
      add("at_ms <= ?", question.toMs);
      add("type = ?", question.type);
      add("principal_id = ?", question.principalId);
      const total = file.statement(
        `SELECT count(*) AS total FROM history WHERE ${parts.join(" AND ")}`,
      ).get(...values)!["total"] as number;
      const ascending = question.direction === "asc";
      add(`position ${ascending ? ">" : "<"} ?`, question.beyond);
      const rows = file.statement(
        `SELECT * FROM history WHERE ${parts.join(" AND ")}
         ORDER BY position ${ascending ? "ASC" : "DESC"} LIMIT ?`,
      ).all(...values, question.limit);
      return { total, lines: rows.map(lineOf) };
    },
  };
}

function lineOf(row: Record<string, unknown>): HistoryLine {
  return {
    position: row["position"] as number,
    stream: row["stream"] as string,
    revision: row["revision"] as number,
    type: row["type"] as string,
    atMs: row["at_ms"] as number,
    principalKind: row["principal_kind"] as string,
    principalId: row["principal_id"] as string,
  };
}
