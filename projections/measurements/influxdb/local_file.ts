import { FileReadModel, type ReadModelFile } from "../../read_model/mod.ts";
import { measurementsProjection } from "../measurements.ts";
import { Identities, IDENTITY_SCHEMA } from "./identities.ts";
import type { Tag } from "./texts.ts";

const SCHEMA = `
  ${IDENTITY_SCHEMA}
  CREATE TABLE IF NOT EXISTS long_texts (tag TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS bucket (
    only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL
  ) STRICT;
`;

/**
 * What is kept beside the bucket: how far it is filled, what numbers its records, and which bucket it
 * is. Deleting the file costs a walk through the log, which writes the same points once more.
 */
export class LocalFile extends FileReadModel<Required<Tag>> {
  readonly identities: Identities;

  /** `folder` is `:memory:` in tests. */
  constructor(folder: string) {
    // Another name than the file that holds the points themselves: either engine finds its own again.
    const name = `${measurementsProjection.name}_influxdb`;
    super(folder, { name, version: measurementsProjection.version, schema: SCHEMA });
    this.identities = new Identities(this.file);
  }

  protected override write(longTexts: readonly Required<Tag>[]): void {
    const insert = this.file.statement("INSERT OR IGNORE INTO long_texts VALUES (?, ?)");
    for (const { tag, long } of longTexts) insert.run(tag, long);
    this.identities.save();
  }

  /** False if another bucket was filled so far: then all begins anew. None was, if none is known. */
  belongsTo(bucketId: string): boolean {
    const known = this.file.statement("SELECT id FROM bucket").get()?.["id"];
    if (known === bucketId) return true;
    const checkpoint = known === undefined ? this.file.checkpoint() : 0;
    this.file.advance(checkpoint, () => {
      for (const table of ["series", "late", "long_texts", "bucket"]) {
        this.file.database.exec(`DELETE FROM ${table}`);
      }
      this.file.statement("INSERT INTO bucket VALUES (1, ?)").run(bucketId);
    });
    this.identities.forget();
    return known === undefined;
  }

  longText(tag: string): string | undefined {
    return longTextIn(this.file, tag);
  }
}

function longTextIn(file: ReadModelFile, tag: string): string | undefined {
  // Bytes, since node:sqlite ends a text at its first NUL.
  const row = file.statement("SELECT CAST(text AS BLOB) AS text FROM long_texts WHERE tag = ?")
    .get(tag);
  return row === undefined ? undefined : new TextDecoder().decode(row["text"] as Uint8Array);
}
