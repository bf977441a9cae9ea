import { jsonEvent } from "@eventstore/db-client";
import { Buffer } from "node:buffer";
import { ConcurrencyConflict } from "../../errors.ts";
import { newId } from "../../platform/mod.ts";
import type { JsonObject, StreamLimits } from "../event_store.ts";
import type { StreamHead } from "../stream_head.ts";
import type { EsdbConnection } from "./connection.ts";

/** Writers of one stream's settings that meet; more of them are no accident. */
const ATTEMPTS_MAX = 10;
/** `$tb` of a stream that was deleted by the server's own means is far above any revision. */
const REVISION_MAX = Number.MAX_SAFE_INTEGER;

/** Our part of a stream's metadata, where the server's own words do not do. Revisions are the log's. */
interface OurSettings {
  /** Revisions that the server never held: the stream was moved here without its beginning. */
  readonly prior?: number;
  readonly truncateBefore?: number;
  /** There once the stream was deleted. */
  readonly deletedBefore?: number;
  /** The last event at the deletion: no stream read shows it any more, and the next one chains to it. */
  readonly head?: { readonly revision: number; readonly hash: string };
}

/** What the metadata of a stream says, with what other programs keep there. */
export interface StreamSettings {
  /** Of the metadata; -1 if there is none. */
  readonly revision: number;
  readonly limits: StreamLimits;
  /** Where the stream ended when it was deleted. */
  readonly deleted: StreamHead | undefined;
  /** By how much the server counts the stream's revisions less than the log. */
  readonly prior: number;
}

type Changed = Pick<StreamSettings, "limits" | "deleted" | "prior">;

interface StoredSettings extends StreamSettings {
  readonly stored: JsonObject;
}

/**
 * Limits and deletions, in the metadata of EventStoreDB: its own `$maxCount`, `$maxAge` and `$tb` hide
 * and later free the events. A deletion is a `$tb` behind the last event: the server's own would forget
 * the limits, and hide the hash to which the next event chains.
 */
export class StreamSettingsOfLog {
  readonly #connection: EsdbConnection;

  constructor(connection: EsdbConnection) {
    this.#connection = connection;
  }

  async of(stream: string): Promise<StreamSettings> {
    return await this.#read(stream);
  }

  setLimits(stream: string, limits: StreamLimits): Promise<void> {
    return this.#change(stream, (before) => ({ ...before, limits }));
  }

  delete(stream: string, head: StreamHead): Promise<void> {
    const deleted = { ...head, deletedBefore: head.revision + 1 };
    return this.#change(stream, (before) => ({ ...before, deleted }));
  }

  /** Before the first event of a stream that begins later than at revision 0. */
  begin(stream: string, prior: number): Promise<void> {
    return this.#change(stream, (before) => ({ ...before, prior }));
  }

  /** As they were in the log that the stream comes from. */
  settle(stream: string, settled: Pick<StreamSettings, "limits" | "deleted">): Promise<void> {
    return this.#change(stream, (before) => ({ ...before, ...settled }));
  }

  async #change(
    stream: string,
    changed: (settings: StreamSettings) => Changed,
  ): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const before = await this.#read(stream);
      const data = storedSettings(before.stored, changed(before));
      const event = jsonEvent({ id: newId(), type: "$metadata", data: { ...data } });
      const appended = await this.#connection.append(metastreamOf(stream), [event], {
        after: before.revision,
      });
      if (appended.is === "stored") return;
    }
    throw new ConcurrencyConflict(
      `Cannot change the settings of '${stream}': others changed them ${ATTEMPTS_MAX} times meanwhile`,
    );
  }

  async #read(stream: string): Promise<StoredSettings> {
    const [newest] = await this.#connection.readStream(metastreamOf(stream), {
      maxCount: 1,
      backwards: true,
    });
    if (newest === undefined) {
      return { revision: -1, limits: {}, deleted: undefined, prior: 0, stored: {} };
    }
    const stored = newest.data as JsonObject;
    return { revision: newest.revision, ...settingsIn(stored), stored };
  }
}

function metastreamOf(stream: string): string {
  return `$$${stream}`;
}

function settingsIn(stored: JsonObject): Changed {
  const { $maxCount, $maxAge, $tb } = stored as Readonly<Record<string, number | undefined>>;
  const ours = stored["millrace"] as unknown as OurSettings | undefined; // we wrote it
  const truncateBefore = ours === undefined ? $tb : ours.truncateBefore;
  const limits: StreamLimits = {
    ...($maxCount === undefined ? {} : { maxCount: $maxCount }),
    ...($maxAge === undefined ? {} : { maxAgeSeconds: $maxAge }),
    ...(truncateBefore === undefined || truncateBefore > REVISION_MAX ? {} : { truncateBefore }),
  };
  const { prior = 0, deletedBefore, head } = ours ?? {};
  if (deletedBefore === undefined || head === undefined) {
    return { limits, deleted: undefined, prior };
  }
  const { revision, hash } = head;
  const deleted = { revision, hash: new Uint8Array(Buffer.from(hash, "hex")), deletedBefore };
  return { limits, deleted, prior };
}

function storedSettings(before: JsonObject, settings: Changed): JsonObject {
  // What we do not know, like an access list of the operator's, stays as it was.
  const { $maxCount: _c, $maxAge: _a, $tb: _t, millrace: _m, ...others } = before;
  const { limits: { maxCount, maxAgeSeconds, truncateBefore }, deleted, prior } = settings;
  const hiddenBefore = Math.max(truncateBefore ?? 0, deleted?.deletedBefore ?? 0) - prior;
  const isOurs = deleted !== undefined || prior > 0;
  return {
    ...others,
    ...(maxCount === undefined ? {} : { $maxCount: maxCount }),
    ...(maxAgeSeconds === undefined ? {} : { $maxAge: maxAgeSeconds }),
    ...(hiddenBefore <= 0 ? {} : { $tb: hiddenBefore }),
    ...(isOurs ? { millrace: ourSettings(settings) } : {}),
  };
}

function ourSettings({ limits: { truncateBefore }, deleted, prior }: Changed): JsonObject {
  return {
    ...(prior === 0 ? {} : { prior }),
    ...(truncateBefore === undefined ? {} : { truncateBefore }),
    ...(deleted === undefined ? {} : {
      deletedBefore: deleted.deletedBefore,
      head: { revision: deleted.revision, hash: Buffer.from(deleted.hash).toString("hex") },
    }),
  };
}
