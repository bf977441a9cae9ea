import { Buffer } from "node:buffer";
import { ConcurrencyConflict } from "../errors.ts";
import type {
  EventReader,
  EventStore,
  ExpectedRevision,
  JsonObject,
  NewEvent,
} from "../event_store/mod.ts";
import { newId } from "../platform/mod.ts";
import type { WrappedKey } from "./vault.ts";

/** Begins the names of the streams that hold the keys of persons; the rest is the user's id. */
export const PERSONAL_STREAM_PREFIX = "personal-";
/** Of the stream that names the installation a log belongs to. */
const INSTALLATION_STREAM = "installation-key";
/** Nodes that write one person's stream at the same moment; more of them are no accident. */
const ATTEMPTS_MAX = 10;

/** What a log that several nodes share holds about the key of a person. */
export type SharedKey = WrappedKey | "erased" | undefined;

/** The half of the log that is needed to learn a key. */
export type ReadableLog = Pick<EventReader, "readStream">;
/** The log, where its keys are made and erased too. */
export type SharedLog = Pick<EventStore, "readStream" | "append" | "setStreamLimits">;

/** The newest event tells it: made, or erased. */
export async function sharedKey(log: ReadableLog, userId: string): Promise<SharedKey> {
  return (await newest(log, userId)).key;
}

/** Answers what the log holds then: this key, or the one that was there first. */
export async function publishKey(log: SharedLog, key: WrappedKey): Promise<SharedKey> {
  const wrapped = Buffer.from(key.wrapped).toString("base64url");
  try {
    await append(log, streamOf(key.userId), {
      event: eventOf("PersonKeyMade", { wrapped }),
      expectedRevision: "no_stream",
    });
    return key;
  } catch (error) {
    if (!(error instanceof ConcurrencyConflict)) throw error;
    return await sharedKey(log, key.userId);
  }
}

/** May be repeated, after a failure too. */
export async function publishErasure(log: SharedLog, userId: string): Promise<void> {
  const stream = streamOf(userId);
  // First, so that the key is hidden by the very append that erases it, and the next scavenge frees
  // it. A scavenge keeps the last event of a stream: that must not be the one with the key.
  await log.setStreamLimits(stream, { maxCount: 1 });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const { key, revision } = await newest(log, userId);
    if (key === "erased") return;
    try {
      await append(log, stream, {
        event: eventOf("PersonErased", {}),
        expectedRevision: revision < 0 ? "no_stream" : { exact: revision },
      });
      return;
    } catch (error) {
      if (!(error instanceof ConcurrencyConflict)) throw error;
    }
  }
  throw new ConcurrencyConflict(
    `Cannot erase person '${userId}': others wrote '${stream}' ${ATTEMPTS_MAX} times meanwhile`,
  );
}

/** The keyed hash that tells which installation's key a log's secrets are sealed under. */
export async function keyHashOf(log: ReadableLog): Promise<string | undefined> {
  const [event] = await log.readStream(INSTALLATION_STREAM, { limit: 1 });
  // The log types data as JSON or bytes; this stream holds this type of event alone.
  return (event?.data as { readonly keyHash: string } | undefined)?.keyHash;
}

/** Answers the one that the log holds then. */
export async function publishKeyHash(log: SharedLog, keyHash: string): Promise<string> {
  try {
    await append(log, INSTALLATION_STREAM, {
      event: eventOf("InstallationKeyUsed", { keyHash }),
      expectedRevision: "no_stream",
    });
    return keyHash;
  } catch (error) {
    if (!(error instanceof ConcurrencyConflict)) throw error;
    return await keyHashOf(log) ?? keyHash;
  }
}

async function newest(
  log: ReadableLog,
  userId: string,
): Promise<{ readonly key: SharedKey; readonly revision: number }> {
  const [event] = await log.readStream(streamOf(userId), { direction: "backwards", limit: 1 });
  if (event === undefined) return { key: undefined, revision: -1 };
  const { type, data, revision } = event;
  if (type === "PersonErased") return { key: "erased", revision };
  // The log types data as JSON or bytes; `PersonKeyMade` has this member.
  const { wrapped } = data as unknown as { readonly wrapped: string };
  return { key: { userId, wrapped: Buffer.from(wrapped, "base64url") }, revision };
}

function streamOf(userId: string): string {
  return `${PERSONAL_STREAM_PREFIX}${userId}`;
}

async function append(
  log: SharedLog,
  stream: string,
  { event, expectedRevision }: {
    readonly event: NewEvent;
    readonly expectedRevision: ExpectedRevision;
  },
): Promise<void> {
  await log.append(stream, [event], { expectedRevision });
}

function eventOf(type: string, data: JsonObject): NewEvent {
  const id = newId();
  return {
    id,
    type,
    data,
    metadata: {
      schemaVersion: 1,
      // A key is the installation's, whichever domain the person is in.
      domainId: "",
      principal: { kind: "system", id: "secrets" },
      edge: "system",
      remoteAddress: "local",
      causationId: id,
      correlationId: id,
    },
  };
}
