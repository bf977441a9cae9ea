import { TerminalError } from "../errors.ts";
import { canonicalJson, type EventReader, type RecordedEvent } from "../event_store/mod.ts";
import type { PlacesElsewhere } from "../durable_session/mod.ts";
import type { Logs } from "./copy_log.ts";
import { isTold } from "./kept_places.ts";

const PAGE_EVENTS = 1_024;
/** Events between two reports of progress. */
const REPORTED_EVENTS = 1_000;

export interface Compared {
  /** How many events both hold. */
  readonly events: number;
  readonly places: PlacesElsewhere;
  /** The last event of each stream to which the copy has added where it stands. */
  readonly told: ReadonlyMap<string, RecordedEvent>;
}

/**
 * Goes through both logs in their order: each event must be the same, to the byte of what its hash
 * covers. Throws TerminalError with the first difference. `wanted` are positions of the origin whose
 * places in the copy are asked for afterwards.
 */
export async function compareLogs(
  { from, to, onProgress }: Logs,
  wanted: ReadonlySet<number>,
): Promise<Compared> {
  const places = new FoundPlaces(wanted);
  const last = await from.events.lastPosition();
  const origin = new LogWalk(from.events);
  const copy = new LogWalk(to.events);
  let events = 0;
  for (let event; (event = await origin.next()) !== undefined; events++) {
    const copied = await copy.next();
    const difference = differenceOf(event, copied);
    if (difference !== undefined) throw new TerminalError(`Cannot prove the move: ${difference}`);
    places.pass(event.position, copied!.position);
    if (events % REPORTED_EVENTS === 0) onProgress({ position: event.position, last, events });
  }
  onProgress({ position: last, last, events });
  return { events, places, told: await restOf(copy) };
}

/** Behind what was moved nothing may follow but what the move itself has added. */
async function restOf(copy: LogWalk): Promise<ReadonlyMap<string, RecordedEvent>> {
  const told = new Map<string, RecordedEvent>();
  for (let event; (event = await copy.next()) !== undefined;) {
    if (!isTold(event)) {
      throw new TerminalError(`Cannot prove the move: the target also has ${named(event)}`);
    }
    told.set(event.stream, event);
  }
  return told;
}

/** One event after the other. */
class LogWalk {
  readonly #events: EventReader;
  #page: readonly RecordedEvent[] = [];
  #at = 0;
  #reached = 0;
  #atEnd = false;

  constructor(events: EventReader) {
    this.#events = events;
  }

  async next(): Promise<RecordedEvent | undefined> {
    while (this.#at >= this.#page.length) {
      if (this.#atEnd) return undefined;
      const page = await this.#events.readAll({ after: this.#reached, limit: PAGE_EVENTS });
      ({ events: this.#page, reached: this.#reached, atEnd: this.#atEnd } = page);
      this.#at = 0;
    }
    return this.#page[this.#at++];
  }
}

class FoundPlaces implements PlacesElsewhere {
  readonly #wanted: readonly number[];
  readonly #exact = new Map<number, number>();
  readonly #through = new Map<number, number>();
  #at = 0;
  #passed = 0;

  constructor(wanted: ReadonlySet<number>) {
    this.#wanted = [...wanted].toSorted((a, b) => a - b);
  }

  /** In the order of both logs. */
  pass(position: number, there: number): void {
    for (; this.#at < this.#wanted.length && this.#wanted[this.#at]! < position; this.#at++) {
      this.#through.set(this.#wanted[this.#at]!, this.#passed);
    }
    if (this.#wanted[this.#at] === position) this.#exact.set(position, there);
    this.#passed = there;
  }

  at(position: number): number | undefined {
    return this.#exact.get(position);
  }

  through(position: number): number {
    // What lies behind the last event was passed by nothing.
    return this.#exact.get(position) ?? this.#through.get(position) ?? this.#passed;
  }
}

function differenceOf(event: RecordedEvent, copied: RecordedEvent | undefined): string | undefined {
  if (copied === undefined) return `the target lacks ${named(event)}`;
  const isSame = event.id === copied.id && event.stream === copied.stream &&
    event.revision === copied.revision;
  if (!isSame) {
    return `where the origin has ${named(event)}, the target has ${named(copied)}`;
  }
  const parts = [
    ["type", event.type === copied.type],
    ["data", sameContent(event.data, copied.data)],
    ["metadata", sameContent(event.metadata, copied.metadata)],
    ["hash", sameContent(event.hash, copied.hash)],
  ] as const;
  const different = parts.find(([, same]) => !same);
  return different && `${different[0]} of ${named(event)} is not the same in both`;
}

function sameContent(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) {
    // Most are written alike; canonical form settles what is not.
    return JSON.stringify(a) === JSON.stringify(b) || canonicalJson(a) === canonicalJson(b);
  }
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function named({ type, id, revision, stream }: RecordedEvent): string {
  return `event ${revision} of '${stream}' (${type}, ${id})`;
}
