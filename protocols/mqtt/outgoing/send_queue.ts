import type { LogPlace } from "../../../actors/mod.ts";
import type { Lane } from "./lane.ts";
import type { Sending } from "./sending.ts";

/** A PUBLISH that has no packet id yet. */
export interface Queued {
  readonly frame: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly sending: Sending;
}

/** Entries that were taken, at which the room that they took is given back. */
const TIDY_AT = 1_024;

/** Messages that wait for one subscriber, in their order; the bound is the caller's. */
export class SendQueue {
  #entries: Queued[] = [];
  #head = 0;
  /** Of all frames that wait. */
  byteLength = 0;

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  push(queued: Queued): void {
    this.#entries.push(queued);
    this.byteLength += queued.frame.length;
  }

  /** The one that waits longest. */
  peek(): Queued | undefined {
    return this.#entries[this.#head];
  }

  shift(): void {
    this.byteLength -= this.#entries[this.#head]!.frame.length;
    this.#head++;
    if (this.isEmpty) this.#entries = [];
    else if (this.#head >= TIDY_AT) this.#entries = this.#entries.slice(this.#head);
    else return;
    this.#head = 0;
  }

  *waiting(): Iterable<Queued> {
    for (let at = this.#head; at < this.#entries.length; at++) yield this.#entries[at]!;
  }

  /** The first that waits of each lane. */
  firstOfLanes(): ReadonlyMap<Lane, LogPlace> {
    const first = new Map<Lane, LogPlace>();
    for (const { sending: { track } } of this.waiting()) {
      const lane = track?.lane;
      if (lane !== undefined && !first.has(lane)) first.set(lane, track!.place);
    }
    return first;
  }

  clear(): void {
    this.#entries = [];
    this.#head = this.byteLength = 0;
  }
}
