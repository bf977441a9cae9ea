import { ConcurrencyConflict } from "../../errors.ts";
import type { AppendResult, ExpectedRevision, NewEvent } from "../event_store.ts";
import { conflictOf } from "../stream_head.ts";
import { writtenEvents } from "../written_event.ts";
import type { EsdbConnection } from "./connection.ts";
import { chained, type Head, positionIn } from "./esdb_event.ts";
import type { Append, Heads } from "./heads.ts";
import { type StreamWrite, WriteRounds } from "./rounds.ts";
import type { StreamSettingsOfLog } from "./stream_settings.ts";

/** Looks at where the stream is, while others write it too. */
const ATTEMPTS_MAX = 10;
/** About what an event takes beside its bytes. */
const EVENT_BYTES = 512;

export interface WriterGround {
  readonly connection: EsdbConnection;
  readonly heads: Heads;
  readonly settings: StreamSettingsOfLog;
  readonly nowMs: () => number;
  readonly lastPosition: () => Promise<number>;
  /** Of the log's newest event. */
  readonly recordedAtMs: number;
}

/** Appends and deletions: what moves the end of a stream, or hides it. */
export class EsdbWriter {
  readonly #ground: WriterGround;
  readonly #rounds: WriteRounds;

  constructor(ground: WriterGround) {
    this.#ground = ground;
    this.#rounds = new WriteRounds(ground);
  }

  /** Writes that are not under way yet. */
  get waiting(): number {
    return this.#rounds.waiting;
  }

  append(append: Append): Promise<AppendResult> {
    return this.#rounds.submit({
      ...this.#prepared(append.stream),
      bytes: bytesOf(append.events),
      write: (recordedAtMs) => this.#append(append, recordedAtMs),
    });
  }

  softDelete(stream: string, expectedRevision: ExpectedRevision): Promise<void> {
    return this.#rounds.submit({
      ...this.#prepared(stream),
      bytes: EVENT_BYTES,
      write: () => this.#softDelete(stream, expectedRevision),
    });
  }

  close(): void {
    this.#rounds.close();
  }

  #prepared(stream: string): Pick<StreamWrite<unknown>, "stream" | "prepare"> {
    const { heads } = this.#ground;
    const prepare = async () => (heads.known(stream) ?? await heads.load(stream)).recordedAtMs;
    return { stream, prepare };
  }

  async #append(append: Append, recordedAtMs: number): Promise<AppendResult> {
    const { heads } = this.#ground;
    const { stream, events, expectedRevision } = append;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      // Only what was just read refuses: what was kept may have been overtaken.
      const known = attempt === 0 ? heads.known(stream) : undefined;
      const head = known ?? await heads.load(stream);
      const repeated = heads.repeated(stream, events);
      if (repeated instanceof Error) throw repeated;
      if (repeated !== undefined) return repeated;
      const conflict = conflictOf(`append to '${stream}'`, head, expectedRevision);
      if (conflict === undefined) {
        const done = await this.#chainedTo(head, { ...append, recordedAtMs });
        if (done !== undefined) return done;
      } else if (known === undefined) {
        const older = await heads.repeatedBehind(append);
        if (older === undefined) throw conflict;
        return older;
      }
    }
    throw new ConcurrencyConflict(
      `Cannot append to '${stream}': others wrote it ${ATTEMPTS_MAX} times meanwhile`,
    );
  }

  /** Undefined if the stream does not end at `head`. */
  async #chainedTo(
    head: Head,
    { stream, events, recordedAtMs: instantMs }: Append & { readonly recordedAtMs: number },
  ): Promise<AppendResult | undefined> {
    const { connection, heads } = this.#ground;
    const recordedAtMs = Math.max(instantMs, head.recordedAtMs);
    const written = writtenEvents(events, recordedAtMs);
    if (written instanceof Error) throw written;
    const { proposed, hash } = chained(head, { written, events });
    // What fails from here on may be stored all the same.
    heads.forget(stream);
    const { prior } = head;
    const appended = await connection.append(stream, proposed, { after: head.revision, prior });
    if (appended.is === "wrong") return undefined;
    const { revision } = appended;
    const position = appended.position ?? await this.#positionOf(stream, { revision, prior });
    heads.keep(stream, { ...head, revision, hash, recordedAtMs });
    // The server places the last event only, and of a repeat only that is asked for.
    heads.keepPlaces(
      stream,
      events.map(({ id }, index) => ({
        id,
        place: { revision: revision - events.length + 1 + index, position },
      })),
    );
    return { revision, position };
  }

  async #positionOf(
    stream: string,
    { revision, prior }: Pick<Head, "revision" | "prior">,
  ): Promise<number> {
    const { connection, lastPosition } = this.#ground;
    const [event] = await connection.readStream(stream, {
      from: revision,
      maxCount: 1,
      backwards: true,
      prior,
    });
    if (event?.revision === revision) return positionIn(event);
    // A limit hides it already: whoever waits for the end of the log waits for it too.
    return await lastPosition();
  }

  async #softDelete(stream: string, expectedRevision: ExpectedRevision): Promise<void> {
    const { heads, settings } = this.#ground;
    const head = await heads.load(stream);
    const conflict = conflictOf(`delete '${stream}'`, head, expectedRevision);
    if (conflict !== undefined) throw conflict;
    if (head.revision < 0) return;
    heads.forget(stream);
    await settings.delete(stream, head);
    heads.keep(stream, { ...head, deletedBefore: head.revision + 1 });
  }
}

function bytesOf(events: readonly NewEvent[]): number {
  let bytes = 0;
  for (const { data } of events) {
    bytes += EVENT_BYTES + (data instanceof Uint8Array ? data.length : EVENT_BYTES);
  }
  return bytes;
}
