import type { EsdbEvent } from "./esdb_event.ts";

/** Bytes of the log that are kept; about what followers of one thread are apart. */
const RECENT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The part of the log that was read last, without a gap. Followers that want different parts of the log
 * each pass over all of it, one shortly after the other: they share what the first of them fetched. What
 * is committed never changes, so nothing here goes out of date.
 */
export class RecentEvents {
  readonly #events: { readonly event: EsdbEvent; readonly position: number }[] = [];
  #bytes = 0;
  /** Everything behind it, up to the last event, is here. */
  #from = Infinity;

  /** At most so many events behind a position; none if they are not here. */
  after(position: number, count: number): readonly EsdbEvent[] {
    if (position < this.#from) return [];
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low, low + count).map(({ event }) => event);
  }

  /** What the server has behind a position, as it answered. One who is far behind keeps nothing here. */
  add(position: number, events: readonly EsdbEvent[]): void {
    const end = this.#events.at(-1)?.position ?? -1;
    if (events.length === 0 || position < end) return;
    if (position > end) {
      this.#events.length = 0;
      this.#bytes = 0;
      this.#from = position;
    }
    for (const event of events) {
      this.#events.push({ event, position: event.position! });
      this.#bytes += bytesOf(event);
    }
    let gone = 0;
    while (this.#bytes > RECENT_BYTES_MAX) this.#bytes -= bytesOf(this.#events[gone++]!.event);
    if (gone === 0) return;
    this.#from = this.#events[gone - 1]!.position;
    this.#events.splice(0, gone);
  }
}

function bytesOf({ data }: EsdbEvent): number {
  return 1_024 + (data instanceof Uint8Array ? data.length : 0);
}
