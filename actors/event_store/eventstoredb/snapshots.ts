import { jsonEvent } from "@eventstore/db-client";
import { ConcurrencyConflict } from "../../errors.ts";
import { newId } from "../../platform/mod.ts";
import type { JsonObject, Snapshot } from "../event_store.ts";
import type { EsdbConnection } from "./connection.ts";
import type { StreamSettingsOfLog } from "./stream_settings.ts";

/** Streams that hold snapshots, and no events. */
export const SNAPSHOT_PREFIX = "millrace.snapshot-";
/** Savers of one snapshot that meet; more of them are no accident. */
const ATTEMPTS_MAX = 10;

/** The newest snapshot of each stream, as the one shown event of a stream beside it. */
export class Snapshots {
  readonly #connection: EsdbConnection;
  readonly #settings: StreamSettingsOfLog;

  constructor(connection: EsdbConnection, settings: StreamSettingsOfLog) {
    this.#connection = connection;
    this.#settings = settings;
  }

  async read(stream: string): Promise<Snapshot | undefined> {
    return (await this.#newest(stream))?.snapshot;
  }

  async save(stream: string, { revision, version, state }: Snapshot): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const kept = await this.#newest(stream);
      if (kept !== undefined && kept.snapshot.revision > revision) return;
      // Before the first, so that none is ever kept for ever.
      if (kept === undefined) await this.#settings.setLimits(besides(stream), { maxCount: 1 });
      const data: JsonObject = { revision, version, state };
      const event = jsonEvent({ id: newId(), type: "Snapshot", data: { ...data } });
      const saved = await this.#connection.append(besides(stream), [event], {
        after: kept?.at ?? -1,
      });
      if (saved.is === "stored") return;
    }
    throw new ConcurrencyConflict(
      `Cannot save the snapshot of '${stream}': others saved theirs ${ATTEMPTS_MAX} times meanwhile`,
    );
  }

  async #newest(
    stream: string,
  ): Promise<{ readonly at: number; readonly snapshot: Snapshot } | undefined> {
    const [event] = await this.#connection.readStream(besides(stream), {
      maxCount: 1,
      backwards: true,
    });
    if (event === undefined) return undefined;
    const { revision, version, state } = event.data as Snapshot;
    return { at: event.revision, snapshot: { revision, version, state } };
  }
}

function besides(stream: string): string {
  return `${SNAPSHOT_PREFIX}${stream}`;
}
