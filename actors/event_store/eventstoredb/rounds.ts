import { TransientError } from "../../errors.ts";

/** Streams that are written at once. */
const ROUND_STREAMS_MAX = 64;
/** Bytes that are under way at once. */
const ROUND_BYTES_MAX = 16 * 1024 * 1024;
/** Writes and bytes that may wait; beyond it a write is refused. */
const WAITING_MAX = 50_000;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** A write that nobody answered may still be stored so long after it was given up. */
const UNSETTLED_MS = 10_000;

/** A write to one stream. */
export interface StreamWrite<T> {
  readonly stream: string;
  readonly bytes: number;
  /** Finds out what it needs, and answers an instant that must not lie behind it. */
  prepare(): Promise<number>;
  /** Throws TransientError if the outcome stayed unknown. */
  write(recordedAtMs: number): Promise<T>;
}

interface Waiting {
  readonly write: StreamWrite<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets writes go in rounds, one of each stream, all with one instant, and the next round only when all
 * of this one are answered: so whatever order the server stores a round in, no event is recorded before
 * the one of an earlier position.
 */
export class WriteRounds {
  readonly #nowMs: () => number;
  readonly #waiting = new Map<string, Waiting[]>();
  #count = 0;
  #bytes = 0;
  #running = false;
  #closed = false;
  #recordedAtMs: number;
  #unsettledUntilMs = 0;

  constructor(options: { readonly nowMs: () => number; readonly recordedAtMs: number }) {
    this.#nowMs = options.nowMs;
    this.#recordedAtMs = options.recordedAtMs;
  }

  /** Writes that are not under way yet. */
  get waiting(): number {
    return this.#count;
  }

  submit<T>(write: StreamWrite<T>): Promise<T> {
    const { stream, bytes } = write;
    if (this.#closed) return Promise.reject(closedError(stream));
    if (this.#count >= WAITING_MAX || this.#bytes + bytes > WAITING_BYTES_MAX) {
      return Promise.reject(
        new TransientError(`Cannot write '${stream}': ${this.#count} writes are waiting already`),
      );
    }
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(stream) ?? [];
      // The promise's own type is that of its write, which the line does not know.
      waiting.push({ write, resolve: resolve as (value: unknown) => void, reject });
      this.#waiting.set(stream, waiting);
      this.#count++;
      this.#bytes += bytes;
      if (!this.#running) void this.#run();
    });
  }

  /** What waits is refused, what is under way ends. */
  close(): void {
    this.#closed = true;
    for (const [stream, waiting] of this.#waiting) {
      for (const { reject } of waiting) reject(closedError(stream));
    }
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    this.#running = true;
    // What is asked for in one turn goes in one round.
    await Promise.resolve();
    while (this.#waiting.size > 0) await this.#round(this.#taken());
    this.#running = false;
  }

  /** The first write of each stream; those that have more go behind the others. */
  #taken(): readonly Waiting[] {
    const round: Waiting[] = [];
    let bytes = 0;
    for (const stream of this.#waiting.keys().take(ROUND_STREAMS_MAX).toArray()) {
      const waiting = this.#waiting.get(stream)!;
      bytes += waiting[0]!.write.bytes;
      if (round.length > 0 && bytes > ROUND_BYTES_MAX) break;
      round.push(waiting.shift()!);
      this.#waiting.delete(stream);
      if (waiting.length > 0) this.#waiting.set(stream, waiting);
    }
    for (const { write } of round) {
      this.#count--;
      this.#bytes -= write.bytes;
    }
    return round;
  }

  async #round(round: readonly Waiting[]): Promise<void> {
    const prepared = await Promise.all(round.map(async (waiting) => {
      try {
        return { waiting, leastMs: await waiting.write.prepare() };
      } catch (error) {
        waiting.reject(error);
        return undefined;
      }
    }));
    const ready = prepared.filter((each) => each !== undefined);
    this.#recordedAtMs = this.#instant(ready.map(({ leastMs }) => leastMs));
    await Promise.all(ready.map(async ({ waiting }) => {
      try {
        waiting.resolve(await waiting.write.write(this.#recordedAtMs));
      } catch (error) {
        if (error instanceof TransientError) this.#unsettledUntilMs = this.#nowMs() + UNSETTLED_MS;
        waiting.reject(error);
      }
    }));
  }

  /** Stands still while a write may yet be stored that was given up: it carries the instant of its round. */
  #instant(leastMs: readonly number[]): number {
    const nowMs = this.#nowMs();
    const moved = nowMs < this.#unsettledUntilMs ? this.#recordedAtMs : nowMs;
    return Math.max(this.#recordedAtMs, moved, ...leastMs);
  }
}

function closedError(stream: string): TransientError {
  return new TransientError(`Cannot write '${stream}': it is closed`);
}
