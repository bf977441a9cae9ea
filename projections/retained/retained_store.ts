import { type ContentKind, decodeMessageBatch } from "../../actors/mod.ts";
import { subtopicMatches } from "../live/mod.ts";
import { openReadModelFile, type ReadModelFile } from "../read_model/mod.ts";
import type { Projection, ReadModel } from "../runner/mod.ts";
import { type RetainedMessage, retainedOf } from "./retained_messages.ts";

/** Retained messages of one channel that are kept; beyond it the oldest leave. */
export const RETAINED_PER_CHANNEL_MAX = 10_000;

export interface RetainedWrite {
  readonly domainId: string;
  readonly message: RetainedMessage;
  readonly position: number;
  readonly index: number;
}

export const retainedProjection: Projection<RetainedWrite> = {
  name: "retained",
  version: 2,
  streamPrefixes: ["messages-"],
  handles: ["MessagesPublished"],
  project(event) {
    if ((event.metadata.retainedCount ?? 0) === 0) return [];
    const channelId = channelOf(event.stream);
    return decodeMessageBatch(event.data as Uint8Array).messages
      .filter(({ retain }) => retain)
      .map((message) => ({
        domainId: event.metadata.domainId,
        message: retainedOf({ channelId, position: event.position }, message),
        position: event.position,
        index: message.index,
      }));
  },
};

/** `messages-<channel UUID>-<day>`. */
function channelOf(stream: string): string {
  return stream.slice("messages-".length, "messages-".length + 36);
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS retained (
    domain_id TEXT NOT NULL, channel_id TEXT NOT NULL, subtopic TEXT NOT NULL,
    qos INTEGER NOT NULL, received_us INTEGER NOT NULL,
    content_kind TEXT NOT NULL, content_type TEXT NOT NULL, properties BLOB, payload BLOB NOT NULL,
    position INTEGER NOT NULL, record INTEGER NOT NULL,
    PRIMARY KEY (domain_id, channel_id, subtopic)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS retained_by_channel ON retained (channel_id, position, record);
`;

/** The newest retained message of each topic. */
export class RetainedStore implements ReadModel<RetainedWrite> {
  readonly file: ReadModelFile;

  constructor(folder: string) {
    const { name, version } = retainedProjection;
    this.file = openReadModelFile(folder, { name, version, schema: SCHEMA });
  }

  checkpoint(): Promise<number> {
    return Promise.resolve(this.file.checkpoint());
  }

  // deno-lint-ignore require-await -- the port is asynchronous, SQLite is not
  async apply(writes: readonly RetainedWrite[], checkpoint: number): Promise<void> {
    this.file.advance(checkpoint, () => {
      for (const write of writes) this.#write(write);
    });
  }

  caughtUp(): void {
    this.file.removeOlderVersions();
  }

  // deno-lint-ignore require-await -- the port is asynchronous, SQLite is not
  async close(): Promise<void> {
    this.file.close();
  }

  #write({ domainId, message, position, index }: RetainedWrite): void {
    const { channelId, subtopic, payload } = message;
    // [MQTT-3.3.1-10] [MQTT-3.3.1-11]: a payload of zero bytes takes the retained message away.
    if (payload.length === 0) {
      this.file.statement(
        "DELETE FROM retained WHERE domain_id = ? AND channel_id = ? AND subtopic = ?",
      ).run(domainId, channelId, subtopic);
      return;
    }
    const isKnown = this.file.statement(
      "SELECT 1 FROM retained WHERE domain_id = ? AND channel_id = ? AND subtopic = ?",
    ).get(domainId, channelId, subtopic) !== undefined;
    this.file.statement("INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        domainId,
        channelId,
        subtopic,
        message.qos,
        message.receivedUs,
        message.contentKind,
        message.contentType,
        message.properties ?? null,
        payload,
        position,
        index,
      );
    // To look for the oldest is to pass all others, which only another topic is worth.
    if (isKnown) return;
    this.file.statement(
      `DELETE FROM retained WHERE rowid IN (SELECT rowid FROM retained WHERE channel_id = ?
         ORDER BY position DESC, record DESC LIMIT -1 OFFSET ?)`,
    ).run(channelId, RETAINED_PER_CHANNEL_MAX);
  }
}

export interface RetainedQueries {
  /** `filter` is relative to `messages/`. */
  retained(channelId: string, filter: string): readonly RetainedMessage[];
}

export function retainedQueries(file: ReadModelFile): RetainedQueries {
  return {
    retained(channelId, filter) {
      const rows = file.statement(
        "SELECT * FROM retained WHERE channel_id = ? ORDER BY position, record",
      ).all(channelId);
      return rows
        .filter((row) => subtopicMatches(filter, row["subtopic"] as string))
        .map((row) => ({
          channelId,
          place: [row["position"] as number, row["record"] as number] as const,
          subtopic: row["subtopic"] as string,
          qos: row["qos"] as 0 | 1 | 2,
          receivedUs: row["received_us"] as number,
          contentKind: row["content_kind"] as ContentKind,
          contentType: row["content_type"] as string,
          ...(row["properties"] === null ? {} : { properties: row["properties"] as Uint8Array }),
          payload: row["payload"] as Uint8Array,
        }));
    },
  };
}
