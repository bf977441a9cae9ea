import type { JsonObject, RecordedEvent } from "../../actors/mod.ts";
import {
  changedFields,
  ENTITY_EVENT_TYPES,
  ENTITY_STREAM_PREFIXES,
  type EntityChange,
  entityChange,
  type EntityKind,
  entityOf,
} from "../entity/mod.ts";
import { FileReadModel } from "../read_model/mod.ts";
import type { Projection } from "../runner/mod.ts";

export interface AccessWrite {
  readonly kind: EntityKind;
  readonly domainId: string;
  readonly id: string;
  readonly change: EntityChange;
}

/** What edges need to know of one entity; absent fields mean that it was removed. */
export interface AccessRow {
  readonly kind: EntityKind;
  readonly domainId: string;
  readonly id: string;
  readonly fields?: JsonObject;
}

export const accessProjection: Projection<AccessWrite> = {
  name: "access",
  version: 1,
  streamPrefixes: ENTITY_STREAM_PREFIXES,
  handles: ENTITY_EVENT_TYPES,
  project(event: RecordedEvent) {
    const { kind, id } = entityOf(event.stream);
    return [{ kind, domainId: event.metadata.domainId, id, change: entityChange(event) }];
  },
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS access (
    domain_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, fields TEXT NOT NULL,
    PRIMARY KEY (domain_id, kind, id)
  ) STRICT, WITHOUT ROWID;
`;

/** Fields that decide about access and what it comes with; names, metadata and tags stay in the directory. */
const KEPT = new Set([
  "status",
  "ownerId",
  "shares",
  "connections",
  "keyHash",
  "certificates",
  "role",
  "emailHash",
  "tokensValidFromMs",
  "apiKeys",
  "sessionExpirySecondsMax",
]);

/** The access read model: answers what changed after each transaction. */
export class AccessStore extends FileReadModel<AccessWrite> {
  readonly #changed = new Map<string, AccessRow>();
  readonly #onApplied: (rows: readonly AccessRow[], checkpoint: number) => void;

  constructor(
    folder: string,
    onApplied: (rows: readonly AccessRow[], checkpoint: number) => void = () => {},
  ) {
    const { name, version } = accessProjection;
    super(folder, { name, version, schema: SCHEMA });
    this.#onApplied = onApplied;
  }

  /** Everything, as it was at the checkpoint. */
  rows(): readonly AccessRow[] {
    return this.file.statement("SELECT domain_id, kind, id, fields FROM access").all().map((
      row,
    ) => ({
      kind: row["kind"] as EntityKind,
      domainId: row["domain_id"] as string,
      id: row["id"] as string,
      fields: JSON.parse(row["fields"] as string) as JsonObject,
    }));
  }

  override async apply(writes: readonly AccessWrite[], checkpoint: number): Promise<void> {
    this.#changed.clear();
    await super.apply(writes, checkpoint);
    this.#onApplied([...this.#changed.values()], checkpoint);
  }

  protected override write(writes: readonly AccessWrite[]): void {
    for (const write of writes) {
      const row = this.#write(write);
      this.#changed.set(`${row.kind}-${row.id}`, row);
    }
  }

  #write({ kind, domainId, id, change }: AccessWrite): AccessRow {
    if (change.op === "remove") {
      this.file.statement("DELETE FROM access WHERE domain_id = ? AND kind = ? AND id = ?")
        .run(domainId, kind, id);
      return { kind, domainId, id };
    }
    const row = this.file.statement(
      "SELECT fields FROM access WHERE domain_id = ? AND kind = ? AND id = ?",
    ).get(domainId, kind, id);
    const before = row === undefined ? {} : JSON.parse(row["fields"] as string) as JsonObject;
    const fields = accessFields(before, change);
    this.file.statement("INSERT OR REPLACE INTO access VALUES (?, ?, ?, ?)")
      .run(domainId, kind, id, JSON.stringify(fields));
    return { kind, domainId, id, fields };
  }
}

function accessFields(before: JsonObject, change: EntityChange): JsonObject {
  const connections = before["connections"] as JsonObject ?? {};
  if (change.op === "connect") {
    return { ...before, connections: { ...connections, [change.channelId]: change.types } };
  }
  if (change.op === "disconnect") {
    const { [change.channelId]: _, ...kept } = connections;
    return { ...before, connections: kept };
  }
  const after = changedFields(before, change);
  const key = after["key"] as JsonObject | undefined;
  const withHash = key === undefined ? after : { ...after, keyHash: key["hash"]! };
  return Object.fromEntries(Object.entries(withHash).filter(([name]) => KEPT.has(name)));
}
