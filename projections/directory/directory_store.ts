import type { JsonObject, PersonalReading } from "../../actors/mod.ts";
import { changedFields } from "../entity/mod.ts";
import { FileReadModel } from "../read_model/mod.ts";
import { directoryProjection, type DirectoryWrite } from "./directory_projection.ts";

// A row is a version of an entity: it holds from one position until the next version begins. "Now"
// is the row without an end, so that a question about the past and one about now read the same table.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS versions (
    domain_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    from_position INTEGER NOT NULL,
    to_position INTEGER,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER,
    created_ms INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    name TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    status TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (domain_id, kind, id, from_position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS versions_by_id ON versions (kind, id, from_position);
  CREATE INDEX IF NOT EXISTS current_by_owner
    ON versions (domain_id, kind, owner_id, status) WHERE to_position IS NULL;
  CREATE INDEX IF NOT EXISTS current_by_created
    ON versions (domain_id, kind, created_ms, id) WHERE to_position IS NULL;
  CREATE TABLE IF NOT EXISTS connections (
    domain_id TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    types TEXT NOT NULL,
    from_position INTEGER NOT NULL,
    to_position INTEGER,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER,
    PRIMARY KEY (domain_id, thing_id, channel_id, from_position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS connections_by_channel
    ON connections (domain_id, channel_id, thing_id, from_position);
`;

/** The directory read model: writes versions, never overwrites one but to erase a person. */
export class DirectoryStore extends FileReadModel<DirectoryWrite> {
  readonly #persons: PersonalReading;

  constructor(folder: string, persons: PersonalReading) {
    const { name, version } = directoryProjection;
    super(folder, { name, version, schema: SCHEMA });
    this.#persons = persons;
  }

  /**
   * A person's key may be another node's, and then it is in the log, but not yet here. It is fetched
   * first, so that only who was erased is left out: nothing that is behind can look like that.
   */
  override async apply(writes: readonly DirectoryWrite[], checkpoint: number): Promise<void> {
    await this.#persons.learnPersons(writes.filter(isPersonal).map(({ id }) => id));
    await super.apply(writes, checkpoint);
  }

  /** Takes the names and addresses of these persons out of every version. */
  erasePersons(userIds: readonly string[]): void {
    const erase = this.file.statement(
      `UPDATE versions SET name = '', fields = json_set(
         fields, '$.email', '', '$.name', '', '$.metadata', json('{}')
       ) WHERE kind = 'user' AND id = ?`,
    );
    this.file.advance(this.file.checkpoint(), () => {
      for (const userId of userIds) erase.run(userId);
    });
  }

  protected override write(writes: readonly DirectoryWrite[]): void {
    for (const write of writes) this.#write(write);
  }

  #write(write: DirectoryWrite): void {
    const { change } = write;
    if (change.op === "connect" || change.op === "disconnect") {
      this.#endConnection(write, change.channelId);
      if (change.op === "connect") this.#beginConnection(write, change);
      return;
    }
    const before = this.file.statement(
      `SELECT fields, created_ms FROM versions
       WHERE domain_id = ? AND kind = ? AND id = ? AND to_position IS NULL`,
    ).get(write.domainId, write.kind, write.id);
    this.file.statement(
      `UPDATE versions SET to_position = ?, to_ms = ?
       WHERE domain_id = ? AND kind = ? AND id = ? AND to_position IS NULL`,
    ).run(write.position, write.atMs, write.domainId, write.kind, write.id);
    if (change.op === "remove") {
      if (write.kind === "thing") this.#endConnections(write);
      return;
    }
    const known = before === undefined ? {} : JSON.parse(before["fields"] as string) as JsonObject;
    const fields = this.#opened(write, changedFields(known, change));
    const createdMs = before === undefined ? write.atMs : before["created_ms"] as number;
    this.#insert(write, { fields, createdMs });
  }

  /** The person's name and address in clear, as long as the person's key is there. */
  #opened(write: DirectoryWrite, fields: JsonObject): JsonObject {
    const { personal, ...described } = fields;
    if (typeof personal !== "string") return fields;
    const person = this.#persons.openPersonal(write.id, personal);
    return {
      ...described,
      email: person?.email ?? "",
      name: person?.name ?? "",
      metadata: person?.metadata ?? {},
    };
  }

  #insert(
    write: DirectoryWrite,
    { fields, createdMs }: { readonly fields: JsonObject; readonly createdMs: number },
  ): void {
    this.file.statement(
      `INSERT INTO versions (domain_id, kind, id, from_position, from_ms, created_ms, updated_by,
         name, owner_id, status, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      write.domainId,
      write.kind,
      write.id,
      write.position,
      write.atMs,
      createdMs,
      write.by,
      textOf(fields["name"]),
      textOf(fields["ownerId"]),
      textOf(fields["status"]),
      JSON.stringify(fields),
    );
  }

  #beginConnection(
    write: DirectoryWrite,
    change: { readonly channelId: string; readonly types: readonly string[] },
  ): void {
    this.file.statement(
      `INSERT INTO connections (domain_id, thing_id, channel_id, types, from_position, from_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ).run(
      write.domainId,
      write.id,
      change.channelId,
      JSON.stringify(change.types),
      write.position,
      write.atMs,
    );
  }

  #endConnection(write: DirectoryWrite, channelId: string): void {
    this.file.statement(
      `UPDATE connections SET to_position = ?, to_ms = ?
       WHERE domain_id = ? AND thing_id = ? AND channel_id = ? AND to_position IS NULL`,
    ).run(write.position, write.atMs, write.domainId, write.id, channelId);
  }

  #endConnections(write: DirectoryWrite): void {
    this.file.statement(
      `UPDATE connections SET to_position = ?, to_ms = ?
       WHERE domain_id = ? AND thing_id = ? AND to_position IS NULL`,
    ).run(write.position, write.atMs, write.domainId, write.id);
  }
}

function isPersonal({ change }: DirectoryWrite): boolean {
  return (change.op === "create" || change.op === "set") && change.fields["personal"] !== undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
