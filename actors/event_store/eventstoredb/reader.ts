import { checkPosition, checkReadLimit } from "../bounds.ts";
import type {
  EventReader,
  LogPage,
  LogReadOptions,
  RecordedEvent,
  StreamReadOptions,
} from "../event_store.ts";
import type { Upcasting } from "../upcasting.ts";
import type { EsdbConnection } from "./connection.ts";
import { type EsdbEvent, isOfLog, positionIn, recordedEvent } from "./esdb_event.ts";
import type { Priors } from "./priors.ts";
import { RecentEvents } from "./recent_events.ts";
import { subscribed } from "./subscription.ts";
import type { LogTail } from "./tail.ts";

/** Bytes after which a page ends, whatever its limit. */
const PAGE_BYTES_MAX = 1024 * 1024;
/** Events of the first read of a page: a batch may be large, and a read cannot be left early. */
const CHUNK_EVENTS_MIN = 32;
const CHUNK_EVENTS_MAX = 1_024;
/** Events looked at for one page; what does not match takes time too. */
const LOOKED_AT_MAX = 65_536;

export interface EsdbReaderGround {
  readonly connection: EsdbConnection;
  readonly tail: LogTail;
  readonly priors: Priors;
  readonly upcasting: Upcasting;
}

/** The reading half. Positions are those of EventStoreDB's commits, which number every event. */
export class EsdbReader implements Omit<EventReader, "firstRevision"> {
  readonly #ground: EsdbReaderGround;
  readonly #recent = new RecentEvents();
  /** Of the newest event that was seen: the log never ends before it. */
  #newest = 0;

  constructor(ground: EsdbReaderGround) {
    this.#ground = ground;
  }

  async readStream(
    stream: string,
    { direction, fromRevision, limit, stored = false }: StreamReadOptions,
  ): Promise<readonly RecordedEvent[]> {
    checkReadLimit(limit);
    const { connection, priors, upcasting } = this.#ground;
    const where = fromRevision === undefined
      ? {}
      : { from: fromRevision, prior: await priors.of(stream) };
    const events = await connection.readStream(stream, {
      ...where,
      maxCount: limit,
      backwards: direction === "backwards",
    });
    return events.map((event) => recordedEvent(event, { upcasting, stored }));
  }

  async eventAt(position: number): Promise<RecordedEvent | undefined> {
    checkPosition(position);
    const { connection, upcasting } = this.#ground;
    const [event] = await connection.readAll({ from: position, maxCount: 1, backwards: false });
    // A scavenge may have removed it; then what comes behind it is read.
    if (event === undefined || !isOfLog(event) || positionIn(event) !== position) return undefined;
    return recordedEvent(event, { upcasting, stored: false });
  }

  async readAll({ after, limit, streamPrefixes }: LogReadOptions): Promise<LogPage> {
    checkReadLimit(limit);
    checkPosition(after);
    // Of no prefixes, none matches.
    if (streamPrefixes?.length === 0) {
      return { events: [], reached: Math.max(after, await this.lastPosition()), atEnd: true };
    }
    const page = new OpenPage(this.#ground.upcasting, { after, limit, streamPrefixes });
    for (let chunk = CHUNK_EVENTS_MIN, looked = 0; looked < LOOKED_AT_MAX; looked += chunk) {
      const { events, atEnd } = await this.#chunk(page.seen, chunk);
      const taken = page.take(events);
      this.#newest = Math.max(this.#newest, page.reached);
      if (!taken) return page.closed({ atEnd: false });
      if (atEnd) return page.closed({ atEnd });
      chunk = Math.min(CHUNK_EVENTS_MAX, page.nextChunk(chunk));
    }
    return page.closed({ atEnd: false });
  }

  subscribeToAll(
    options: Omit<LogReadOptions, "limit"> & { readonly signal: AbortSignal },
  ): AsyncIterable<LogPage> {
    checkPosition(options.after);
    return subscribed(
      { ...this.#ground, readAll: (page) => this.readAll(page) },
      options,
    );
  }

  async lastPosition(): Promise<number> {
    const newest = await this.newest();
    return newest === undefined ? this.#newest : positionIn(newest);
  }

  /** Undefined if the log has none, or none behind what was seen already. */
  async newest(): Promise<EsdbEvent | undefined> {
    const { connection } = this.#ground;
    let from: number | undefined;
    for (let maxCount = 1;; maxCount = CHUNK_EVENTS_MIN) {
      const where = from === undefined ? {} : { from };
      const events = await connection.readAll({ ...where, maxCount, backwards: true });
      const found = events.find(isOfLog);
      if (found !== undefined) {
        this.#newest = Math.max(this.#newest, positionIn(found));
        return found;
      }
      const oldest = events.at(-1);
      if (oldest === undefined || positionIn(oldest) <= this.#newest) return undefined;
      from = positionIn(oldest);
    }
  }

  async grownBeyond(position: number, signal: AbortSignal): Promise<void> {
    const { tail } = this.#ground;
    tail.follow();
    while (!signal.aborted) {
      const seen = tail.count;
      if (tail.position > position || await this.lastPosition() > position) return;
      await tail.after(seen, signal);
    }
  }

  /** `atEnd` if the server had no more. */
  async #chunk(
    after: number,
    count: number,
  ): Promise<{ readonly events: readonly EsdbEvent[]; readonly atEnd: boolean }> {
    const known = this.#recent.after(after, count);
    if (known.length > 0) return { events: known, atEnd: false };
    const { connection } = this.#ground;
    // A read of the server's begins with the event at the position, unless a scavenge removed it.
    const read = await connection.readAll({
      ...(after === 0 ? {} : { from: after }),
      maxCount: count + 1,
      backwards: false,
    });
    const events = read[0] !== undefined && positionIn(read[0]) === after ? read.slice(1) : read;
    this.#recent.add(after, events);
    return { events, atEnd: read.length <= count };
  }
}

/** A page that fills up with what matches. */
class OpenPage {
  readonly #upcasting: Upcasting;
  readonly #limit: number;
  readonly #prefixes: readonly string[] | undefined;
  readonly #events: RecordedEvent[] = [];
  #bytes = 0;
  /** Of the last event that was looked at, the log's own or not. */
  seen: number;
  /** Of the last event of the log that was looked at. */
  reached: number;

  constructor(
    upcasting: Upcasting,
    { after, limit, streamPrefixes }: Pick<LogReadOptions, "after" | "limit"> & {
      readonly streamPrefixes: readonly string[] | undefined;
    },
  ) {
    this.#upcasting = upcasting;
    this.#limit = limit;
    this.#prefixes = streamPrefixes;
    this.seen = after;
    this.reached = after;
  }

  /** False if the page was full before all were taken. */
  take(events: readonly EsdbEvent[]): boolean {
    for (const event of events) {
      if (this.#events.length >= this.#limit || this.#bytes >= PAGE_BYTES_MAX) return false;
      this.seen = positionIn(event);
      if (!isOfLog(event)) continue;
      this.reached = this.seen;
      if (this.#prefixes?.some((prefix) => event.stream.startsWith(prefix)) === false) continue;
      this.#events.push(recordedEvent(event, { upcasting: this.#upcasting, stored: false }));
      if (event.data instanceof Uint8Array) this.#bytes += event.data.length;
    }
    return this.#events.length < this.#limit && this.#bytes < PAGE_BYTES_MAX;
  }

  /** As many more as may still fit, going by what came so far. */
  nextChunk(before: number): number {
    const bytesEach = this.#bytes / Math.max(1, this.#events.length);
    const fitting = (PAGE_BYTES_MAX - this.#bytes) / Math.max(1, bytesEach);
    return Math.max(CHUNK_EVENTS_MIN, Math.min(before * 4, Math.ceil(fitting)));
  }

  closed({ atEnd }: { readonly atEnd: boolean }): LogPage {
    // What is not of the log ends no page: a reader would take its position for one of ours.
    const reached = atEnd || this.#events.length > 0 ? this.reached : this.seen;
    return { events: this.#events, reached, atEnd };
  }
}
