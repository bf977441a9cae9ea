import { jsonEvent } from "@eventstore/db-client";
import { newId } from "../../platform/mod.ts";
import type { EsdbConnection } from "./connection.ts";
import type { StreamSettingsOfLog } from "./stream_settings.ts";

/** There if any stream of the log was moved here without its beginning. */
export const MOVED_STREAM = "millrace.moved";
/** Streams whose beginning is kept in memory. */
const PRIORS_MAX = 50_000;

/**
 * By how much the server counts the revisions of a stream less than the log. A stream that had let its
 * oldest events go when it was moved here begins at 0 for the server, and where it began for the log.
 * Each event says it of itself; who reads from a revision has to know before.
 */
export class Priors {
  readonly #connection: EsdbConnection;
  readonly #settings: StreamSettingsOfLog;
  readonly #known = new Map<string, number>();
  #anyMoved: boolean | undefined;

  constructor(connection: EsdbConnection, settings: StreamSettingsOfLog) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Most logs were never moved: for them this asks the server once, and no more. */
  async of(stream: string): Promise<number> {
    this.#anyMoved ??= await this.#isAnyMoved();
    if (!this.#anyMoved) return 0;
    const known = this.#known.get(stream);
    if (known !== undefined) return known;
    const { prior } = await this.#settings.of(stream);
    this.#keep(stream, prior);
    return prior;
  }

  /** Before the first event of a stream that begins at this revision. */
  async begin(stream: string, prior: number): Promise<void> {
    if (this.#anyMoved !== true && !await this.#isAnyMoved()) {
      const note = jsonEvent({ id: newId(), type: "StreamsMoved", data: {} });
      await this.#connection.append(MOVED_STREAM, [note], { after: -1 });
    }
    this.#anyMoved = true;
    await this.#settings.begin(stream, prior);
    this.#keep(stream, prior);
  }

  async #isAnyMoved(): Promise<boolean> {
    const notes = await this.#connection.readStream(MOVED_STREAM, {
      maxCount: 1,
      backwards: false,
    });
    return notes.length > 0;
  }

  #keep(stream: string, prior: number): void {
    if (this.#known.size >= PRIORS_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(stream, prior);
  }
}
