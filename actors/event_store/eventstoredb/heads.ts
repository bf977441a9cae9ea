import { jsonEvent } from "@eventstore/db-client";
import { ConcurrencyConflict, InvariantViolation } from "../../errors.ts";
import { newId } from "../../platform/mod.ts";
import { FIRST_HASH } from "../canonical.ts";
import type { AppendResult, ExpectedRevision, NewEvent } from "../event_store.ts";
import type { EsdbConnection } from "./connection.ts";
import {
  type EsdbEvent,
  type Head,
  headAt,
  isOfLog,
  positionIn,
  recordedEvent,
} from "./esdb_event.ts";
import type { StreamSettingsOfLog } from "./stream_settings.ts";

/** Streams whose end is kept in memory. */
const HEADS_MAX = 50_000;
/** Newest events whose ids are known; a repeat of an older one is found only by its expected revision. */
const PLACES_MAX = 200_000;
/** Events read to know a stream again: the newest of a stream are those that are repeated. */
const WINDOW_EVENTS = 64;
/** Events of one read while the whole log is looked through for a hidden end. */
const SEARCH_EVENTS = 1_024;
/** No stream grows so far: an append that expects it is refused, and says where the stream is. */
const REVISION_NEVER = Number.MAX_SAFE_INTEGER;

export interface Append {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expectedRevision: ExpectedRevision;
}

const NO_HEAD: Head = {
  revision: -1,
  hash: FIRST_HASH,
  deletedBefore: 0,
  recordedAtMs: 0,
  prior: 0,
};

/** Where streams end and which ids stand there: each append chains to the one before it. */
export class Heads {
  readonly #connection: EsdbConnection;
  readonly #settings: StreamSettingsOfLog;
  readonly #heads = new Map<string, Head>();
  readonly #places = new Map<string, AppendResult>();

  constructor(connection: EsdbConnection, settings: StreamSettingsOfLog) {
    this.#connection = connection;
    this.#settings = settings;
  }

  known(stream: string): Head | undefined {
    return this.#heads.get(stream);
  }

  keep(stream: string, head: Head): void {
    kept(this.#heads, { key: stream, value: head, most: HEADS_MAX });
  }

  /** Oldest first. */
  keepPlaces(
    stream: string,
    events: readonly { readonly id: string; readonly place: AppendResult }[],
  ): void {
    for (const { id, place } of events) {
      kept(this.#places, { key: placeKey(stream, id), value: place, most: PLACES_MAX });
    }
  }

  /** The stream may have moved without us. */
  forget(stream: string): void {
    this.#heads.delete(stream);
  }

  async load(stream: string): Promise<Head> {
    const events = await this.#connection.readStream(stream, {
      maxCount: WINDOW_EVENTS,
      backwards: true,
    });
    const head = events[0] === undefined ? await this.#hidden(stream) : headAt(events[0]);
    const places = events.filter(isOfLog).reverse().map((event) => ({
      id: recordedEvent(event, { upcasting: (_, data) => data, stored: true }).id,
      place: { revision: event.revision, position: positionIn(event) },
    }));
    this.keepPlaces(stream, places);
    this.keep(stream, head);
    return head;
  }

  /** The first id decides: an append is all or nothing, so where one is, all are. */
  repeated(
    stream: string,
    events: readonly NewEvent[],
  ): AppendResult | ConcurrencyConflict | undefined {
    let place: AppendResult | undefined;
    for (const { id } of events) {
      const known = this.#places.get(placeKey(stream, id));
      if (known === undefined) {
        if (place === undefined) return undefined;
        return new ConcurrencyConflict(
          `Cannot append to '${stream}': event '${events[0]!.id}' is in it, event '${id}' is not`,
        );
      }
      place = known;
    }
    return place;
  }

  /** A repeat older than the known ids stands right behind the revision that it expects. */
  async repeatedBehind(
    { stream, events, expectedRevision: expected }: Append,
  ): Promise<AppendResult | undefined> {
    if (expected === "any") return undefined;
    const stored = await this.#connection.readStream(stream, {
      from: expected === "no_stream" ? 0 : expected.exact + 1,
      maxCount: events.length,
      backwards: false,
      prior: this.known(stream)?.prior ?? 0,
    });
    const same = stored.length === events.length && stored.every((event, index) =>
      isOfLog(event) &&
      recordedEvent(event, { upcasting: (_, data) => data, stored: true }).id === events[index]!.id
    );
    const last = stored.at(-1);
    return same && last !== undefined
      ? { revision: last.revision, position: positionIn(last) }
      : undefined;
  }

  /** The end of a stream that shows nothing: never written, deleted, or hidden by its limits. */
  async #hidden(stream: string): Promise<Head> {
    const { revision, deleted, prior } = await this.#settings.of(stream);
    if (revision < 0) return NO_HEAD;
    const current = await this.#lastRevision(stream, prior);
    if (current < 0) return { ...NO_HEAD, prior };
    const deletedBefore = deleted?.deletedBefore ?? 0;
    if (deleted?.revision === current) return { ...deleted, recordedAtMs: 0, prior };
    return { ...headAt(await this.#searched(stream, current)), deletedBefore };
  }

  async #lastRevision(stream: string, prior: number): Promise<number> {
    const question = jsonEvent({ id: newId(), type: "WhereIsTheEnd", data: {} });
    const answer = await this.#connection.append(stream, [question], {
      after: REVISION_NEVER,
      prior,
    });
    if (answer.is === "wrong") return answer.current;
    throw new InvariantViolation(
      `Cannot find the end of '${stream}': EventStoreDB took an append at revision ${REVISION_NEVER}`,
    );
  }

  /** A scavenge keeps the last event of every stream: it is in the log, however far back. */
  async #searched(stream: string, revision: number): Promise<EsdbEvent> {
    let from: number | undefined;
    for (;;) {
      const page = await this.#connection.readAll({
        ...(from === undefined ? {} : { from }),
        maxCount: SEARCH_EVENTS,
        backwards: true,
      });
      const found = page.find((event) => event.stream === stream && event.revision === revision);
      if (found !== undefined) return found;
      const oldest = page.at(-1);
      if (oldest === undefined) break;
      from = positionIn(oldest);
    }
    throw new InvariantViolation(
      `Cannot append to '${stream}': its last event, revision ${revision}, is in no part of the log`,
    );
  }
}

function placeKey(stream: string, id: string): string {
  return `${id}/${stream}`;
}

/** The newest stays longest. */
function kept<T>(
  map: Map<string, T>,
  { key, value, most }: { readonly key: string; readonly value: T; readonly most: number },
): void {
  map.delete(key);
  if (map.size >= most) map.delete(map.keys().next().value!);
  map.set(key, value);
}
