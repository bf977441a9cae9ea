import { type ContentKind, decodeMessageBatch, messageChannel } from "../../actors/mod.ts";
import { subtopicMatches } from "../live/mod.ts";
import { FileReadModel, type ReadModelFile } from "../read_model/mod.ts";
import type { Projection } from "../runner/mod.ts";
import {
  pageOf,
  type RetainedMessage,
  retainedOf,
  type RetainedPage,
  type RetainedQuestion,
} from "./retained_messages.ts";

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
  version: 3,
  streamPrefixes: ["messages-"],
  handles: ["MessagesPublished"],
  project(event) {
    if ((event.metadata.retainedCount ?? 0) === 0) return [];
    const channelId = messageChannel(event.stream);
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

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS retained (
    domain_id TEXT NOT NULL, channel_id TEXT NOT NULL, subtopic TEXT NOT NULL,
    qos INTEGER NOT NULL, received_us INTEGER NOT NULL,
    content_kind TEXT NOT NULL, content_type TEXT NOT NULL, properties BLOB, payload BLOB NOT NULL,
    position INTEGER NOT NULL, record INTEGER NOT NULL,
    PRIMARY KEY (channel_id, subtopic)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS retained_in_order ON retained (channel_id, position, record, subtopic);
`;

/** The newest retained message of each topic. */
export class RetainedStore extends FileReadModel<RetainedWrite> {
  constructor(folder: string) {
    const { name, version } = retainedProjection;
    super(folder, { name, version, schema: SCHEMA });
  }

  protected override write(writes: readonly RetainedWrite[]): void {
    for (const write of writes) this.#write(write);
  }

  #write({ domainId, message, position, index }: RetainedWrite): void {
    const { channelId, subtopic, payload } = message;
    // [MQTT-3.3.1-10] [MQTT-3.3.1-11]: a payload of zero bytes takes the retained message away.
    if (payload.length === 0) {
      this.file.statement("DELETE FROM retained WHERE channel_id = ? AND subtopic = ?")
        .run(channelId, subtopic);
      return;
    }
    const isKnown = this.file.statement(
      "SELECT 1 FROM retained WHERE channel_id = ? AND subtopic = ?",
    ).get(channelId, subtopic) !== undefined;
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
  retained(question: RetainedQuestion): RetainedPage;
}

/** The index alone tells which topics are wanted: what is not wanted is not read. */
export const IN_ORDER = `SELECT rowid AS id, subtopic FROM retained
   WHERE channel_id = ? AND (position, record) > (?, ?) AND position <= ?
   ORDER BY position, record`;

export function retainedQueries(file: ReadModelFile): RetainedQueries {
  return {
    retained(question) {
      const isOneTopic = !/[+#]/.test(question.filter);
      const messages = isOneTopic ? ofOneTopic(file, question) : inOrder(file, question);
      return pageOf(messages, question.bounds);
    },
  };
}

function* inOrder(
  file: ReadModelFile,
  { channelId, filter, after, until }: RetainedQuestion,
): Generator<RetainedMessage> {
  const message = file.statement("SELECT * FROM retained WHERE rowid = ?");
  for (const row of file.statement(IN_ORDER).iterate(channelId, ...after, until)) {
    if (!subtopicMatches(filter, row["subtopic"] as string)) continue;
    yield messageOf(message.get(row["id"] as number)!);
  }
}

function* ofOneTopic(
  file: ReadModelFile,
  { channelId, filter, after, until }: RetainedQuestion,
): Generator<RetainedMessage> {
  const row = file.statement(
    `SELECT * FROM retained WHERE channel_id = ? AND subtopic = ?
       AND (position, record) > (?, ?) AND position <= ?`,
  ).get(channelId, filter, ...after, until);
  if (row !== undefined) yield messageOf(row);
}

function messageOf(row: Readonly<Record<string, unknown>>): RetainedMessage {
  return {
    channelId: row["channel_id"] as string,
    place: [row["position"] as number, row["record"] as number],
    subtopic: row["subtopic"] as string,
    qos: row["qos"] as 0 | 1 | 2,
    receivedUs: row["received_us"] as number,
    contentKind: row["content_kind"] as ContentKind,
    contentType: row["content_type"] as string,
    ...(row["properties"] === null ? {} : { properties: row["properties"] as Uint8Array }),
    payload: row["payload"] as Uint8Array,
  };
}
