/** What was proposed, before the server gave it a place. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface StoredEvent extends ProposedEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly createdMs: number;
}

export type Expected = "any" | "no_stream" | "stream_exists" | number;

export type Outcome =
  | { readonly is: "stored"; readonly revision: number; readonly position: number }
  /** `current` is -1 where there is no stream. */
  | { readonly is: "wrong"; readonly current: number }
  | { readonly is: "tombstoned" };

interface Stream {
  readonly events: StoredEvent[];
  readonly byId: Map<string, StoredEvent>;
  tombstoned: boolean;
}

/** Beyond 32 bits, and with gaps: whoever counts positions or cuts them off is found out. */
const FIRST_POSITION = 5_000_000_000;
/** Bytes of a record beside what it holds. */
const RECORD_BYTES = 100;
/** `$tb` of a soft-deleted stream: the greatest 64-bit number, as JSON reads it. */
const DELETED = 9_223_372_036_854_775_807n;

const encoder = new TextEncoder();

/** The rules of the server's storage, without its disks: what an append, a deletion, a limit does. */
export class MemoryLog {
  readonly events: StoredEvent[] = [];
  readonly #streams = new Map<string, Stream>();
  readonly #nowMs: () => number;
  #nextPosition = FIRST_POSITION;
  #waiting: (() => void)[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    // A real log begins with the server's own events.
    this.append("$users", [systemEvent("$User", "{}")], "any");
  }

  /**
   * Repeats are found before revisions are compared: where an exact revision is expected the same ids
   * must stand right behind it, where any will do they may stand anywhere in the stream.
   */
  append(name: string, events: readonly ProposedEvent[], expected: Expected): Outcome {
    const stream = this.#stream(name);
    const current = stream.events.length - 1;
    if (stream.tombstoned) return { is: "tombstoned" };
    const softDeleted = this.#isSoftDeleted(name);
    if (expected === "stream_exists" && (current < 0 || softDeleted)) {
      return softDeleted ? { is: "tombstoned" } : { is: "wrong", current };
    }
    const known = knownPlaces(stream, events, expected);
    if (known === "all") return placeOf(lastKnown(stream, events, expected));
    if (known === "some") return { is: "wrong", current };
    if (typeof expected === "number" && expected !== current) return { is: "wrong", current };
    if (expected === "no_stream" && current >= 0 && !softDeleted) return { is: "wrong", current };
    const last = this.#store(name, events);
    if (softDeleted) this.#undelete(name, current + 1);
    this.#wake();
    return placeOf(last);
  }

  softDelete(name: string, expected: Expected): Outcome {
    const refused = this.#refusal(name, expected);
    if (refused !== undefined) return refused;
    // The server forgets every other limit.
    return this.append(metastreamOf(name), [systemEvent("$metadata", `{"$tb":${DELETED}}`)], "any");
  }

  tombstone(name: string, expected: Expected): Outcome {
    const refused = this.#refusal(name, expected);
    if (refused !== undefined) return refused;
    const last = this.#store(name, [systemEvent("$streamDeleted", "")]);
    this.#stream(name).tombstoned = true;
    this.#wake();
    return placeOf(last);
  }

  /** What a read of the stream shows, oldest first. */
  shown(name: string): readonly StoredEvent[] | "not_found" | "tombstoned" {
    const stream = this.#streams.get(name);
    if (stream?.tombstoned) return "tombstoned";
    if (stream === undefined || stream.events.length === 0) return "not_found";
    const limits = this.#metadata(name);
    if (this.#isSoftDeleted(name)) return "not_found";
    const maxCount = name.startsWith("$$") ? 1 : limits["$maxCount"];
    const oldestMs = limits["$maxAge"] === undefined
      ? -Infinity
      : this.#nowMs() - limits["$maxAge"] * 1_000;
    const lowest = Math.max(
      limits["$tb"] ?? 0,
      maxCount === undefined ? 0 : stream.events.length - maxCount,
    );
    return stream.events.filter(({ revision, createdMs }) =>
      revision >= lowest && createdMs >= oldestMs
    );
  }

  /** The index of the first event at this position or behind it. */
  indexOf(position: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.events[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Resolves at the next append. */
  grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #refusal(name: string, expected: Expected): Outcome | undefined {
    const stream = this.#stream(name);
    const current = stream.events.length - 1;
    if (stream.tombstoned) return { is: "tombstoned" };
    if (expected === "any" || expected === current) return undefined;
    return { is: "wrong", current };
  }

  #store(name: string, events: readonly ProposedEvent[]): StoredEvent {
    const stream = this.#stream(name);
    for (const event of events) {
      const stored: StoredEvent = {
        ...event,
        position: this.#nextPosition,
        stream: name,
        revision: stream.events.length,
        createdMs: this.#nowMs(),
      };
      this.#nextPosition += RECORD_BYTES + event.data.length + event.metadata.length;
      stream.events.push(stored);
      stream.byId.set(event.id, stored);
      this.events.push(stored);
    }
    return stream.events.at(-1)!;
  }

  #stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = { events: [], byId: new Map(), tombstoned: false };
      this.#streams.set(name, stream);
    }
    return stream;
  }

  #undelete(name: string, truncateBefore: number): void {
    const kept = { ...this.#metadata(name), $tb: truncateBefore };
    this.#store(metastreamOf(name), [systemEvent("$metadata", JSON.stringify(kept))]);
  }

  #isSoftDeleted(name: string): boolean {
    return this.#metadata(name)["$tb"] === Number(DELETED);
  }

  #metadata(name: string): Readonly<Record<string, number>> {
    const newest = this.#streams.get(metastreamOf(name))?.events.at(-1);
    return newest === undefined ? {} : JSON.parse(new TextDecoder().decode(newest.data));
  }
}

function metastreamOf(name: string): string {
  return `$$${name}`;
}

function systemEvent(type: string, json: string): ProposedEvent {
  const data = encoder.encode(json);
  const contentType = "application/json";
  return { id: crypto.randomUUID(), type, contentType, data, metadata: new Uint8Array() };
}

function knownPlaces(
  stream: Stream,
  events: readonly ProposedEvent[],
  expected: Expected,
): "all" | "some" | "none" {
  const found = events.filter(({ id }, index) => {
    const known = stream.byId.get(id);
    if (known === undefined || !isExact(expected)) return known !== undefined;
    return known.revision === firstAfter(expected) + index;
  });
  if (found.length === events.length) return "all";
  // Only the first id decides whether this is a repeat at all.
  return found[0] === events[0] ? "some" : "none";
}

function lastKnown(
  stream: Stream,
  events: readonly ProposedEvent[],
  expected: Expected,
): StoredEvent {
  return isExact(expected)
    ? stream.events[firstAfter(expected) + events.length - 1]!
    : stream.byId.get(events.at(-1)!.id)!;
}

function isExact(expected: Expected): expected is number | "no_stream" {
  return typeof expected === "number" || expected === "no_stream";
}

function firstAfter(expected: number | "no_stream"): number {
  return expected === "no_stream" ? 0 : expected + 1;
}

function placeOf({ revision, position }: StoredEvent): Outcome {
  return { is: "stored", revision, position };
}
