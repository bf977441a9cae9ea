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

/** Our part of a stream's metadata, there once it was deleted. */
interface Deletion {
  readonly truncateBefore?: number;
  readonly deletedBefore: number;
  /** The last event at the deletion: no stream read shows it any more, and the next one chains to it. */
  readonly head: { readonly revision: number; readonly hash: string };
}

/** What the metadata of a stream says, with what other programs keep there. */
export interface StreamSettings {
  /** Of the metadata; -1 if there is none. */
  readonly revision: number;
  readonly limits: StreamLimits;
  /** Where the stream ended when it was deleted. */
  readonly deleted: StreamHead | undefined;
}

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
    return this.#change(stream, ({ deleted }) => ({ limits, deleted }));
  }

  delete(stream: string, head: StreamHead): Promise<void> {
    const deleted = { ...head, deletedBefore: head.revision + 1 };
    return this.#change(stream, ({ limits }) => ({ limits, deleted }));
  }

  async #change(
    stream: string,
    changed: (settings: StreamSettings) => Pick<StreamSettings, "limits" | "deleted">,
  ): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const before = await this.#read(stream);
      const { limits, deleted } = changed(before);
      const data = storedSettings(before.stored, { limits, deleted });
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
    if (newest === undefined) return { revision: -1, limits: {}, deleted: undefined, stored: {} };
    const stored = newest.data as JsonObject;
    return { revision: newest.revision, ...settingsIn(stored), stored };
  }
}

function metastreamOf(stream: string): string {
  return `$$${stream}`;
}

function settingsIn(stored: JsonObject): Pick<StreamSettings, "limits" | "deleted"> {
  const { $maxCount, $maxAge, $tb } = stored as Readonly<Record<string, number | undefined>>;
  const deletion = stored["millrace"] as unknown as Deletion | undefined; // we wrote it
  const truncateBefore = deletion === undefined ? $tb : deletion.truncateBefore;
  const limits: StreamLimits = {
    ...($maxCount === undefined ? {} : { maxCount: $maxCount }),
    ...($maxAge === undefined ? {} : { maxAgeSeconds: $maxAge }),
    ...(truncateBefore === undefined || truncateBefore > REVISION_MAX ? {} : { truncateBefore }),
  };
  if (deletion === undefined) return { limits, deleted: undefined };
  const { deletedBefore, head: { revision, hash } } = deletion;
  const deleted = { revision, hash: new Uint8Array(Buffer.from(hash, "hex")), deletedBefore };
  return { limits, deleted };
}

function storedSettings(
  before: JsonObject,
  { limits, deleted }: Pick<StreamSettings, "limits" | "deleted">,
): JsonObject {
  // What we do not know, like an access list of the operator's, stays as it was.
  const { $maxCount: _c, $maxAge: _a, $tb: _t, millrace: _m, ...others } = before;
  const { maxCount, maxAgeSeconds, truncateBefore } = limits;
  const hiddenBefore = Math.max(truncateBefore ?? 0, deleted?.deletedBefore ?? 0);
  return {
    ...others,
    ...(maxCount === undefined ? {} : { $maxCount: maxCount }),
    ...(maxAgeSeconds === undefined ? {} : { $maxAge: maxAgeSeconds }),
    ...(hiddenBefore === 0 ? {} : { $tb: hiddenBefore }),
    ...(deleted === undefined ? {} : { millrace: deletionOf(deleted, truncateBefore) }),
  };
}

function deletionOf(deleted: StreamHead, truncateBefore: number | undefined): JsonObject {
  return {
    ...(truncateBefore === undefined ? {} : { truncateBefore }),
    deletedBefore: deleted.deletedBefore,
    head: { revision: deleted.revision, hash: Buffer.from(deleted.hash).toString("hex") },
  };
}
