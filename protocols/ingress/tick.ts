import { MessageBatchWriter, type MessageOrigin } from "../../actors/mod.ts";
import { BATCH_BYTES_MAX } from "./limits.ts";
import type { Received } from "./edge_traces.ts";
import type { Waiter } from "./ingress.ts";

/** The open batch of one channel, and the tables that its routes point into. */
export interface OpenBatch {
  readonly writer: MessageBatchWriter;
  readonly origins: Map<MessageOrigin, number>;
  retainedCount: number;
  /** Its messages that are traced; undefined while there is none. */
  traced: Received[] | undefined;
  /** True once a later message went to the channel's next batch: one here would overtake it. */
  closed: boolean;
}

interface ChannelBatches {
  open: OpenBatch;
  readonly closed: OpenBatch[];
}

/** How many messages of one waiter a tick holds, and of which channels. */
export interface Waiting {
  count: number;
  readonly channelIds: Set<string>;
}

/** What all edges collected since the tick before it. */
export class Tick {
  readonly #channels = new Map<string, ChannelBatches>();
  readonly #waiting = new Map<Waiter, Waiting>();
  #lastWaiter: Waiter | undefined;
  #lastWaiting: Waiting | undefined;
  #lastChannelId = "";
  /** Bytes that its batches hold. */
  byteLength = 0;
  /** When its first message came, as `performance.now()` tells it. */
  openedMs = 0;

  get isEmpty(): boolean {
    return this.#channels.size === 0;
  }

  /** The batch that takes the channel's next `bytes`; another than before once that one is full. */
  batchOf(channelId: string, bytes: number): OpenBatch {
    const known = this.#channels.get(channelId);
    if (known === undefined) {
      if (this.#channels.size === 0) this.openedMs = performance.now();
      const open = newBatch();
      this.#channels.set(channelId, { open, closed: [] });
      return open;
    }
    if (!hasRoom(known.open, bytes) || known.open.writer.isFull) {
      known.open.closed = true;
      known.closed.push(known.open);
      known.open = newBatch();
    }
    return known.open;
  }

  await(waiter: Waiter, channelId: string): void {
    let waiting = this.#lastWaiting;
    if (waiter !== this.#lastWaiter || waiting === undefined) {
      waiting = this.#waiting.get(waiter);
      if (waiting === undefined) {
        waiting = { count: 0, channelIds: new Set() };
        this.#waiting.set(waiter, waiting);
      }
      this.#lastWaiter = waiter;
      this.#lastWaiting = waiting;
      this.#lastChannelId = "";
    }
    waiting.count++;
    if (channelId !== this.#lastChannelId) {
      waiting.channelIds.add(channelId);
      this.#lastChannelId = channelId;
    }
  }

  get messageCount(): number {
    let count = 0;
    for (const { open, closed } of this.#channels.values()) {
      count += open.writer.count;
      for (const { writer } of closed) count += writer.count;
    }
    return count;
  }

  waiters(): Iterable<[Waiter, Waiting]> {
    return this.#waiting;
  }

  /** The batches of each channel in the order of their messages. */
  *channels(): Iterable<{ channelId: string; batches: readonly OpenBatch[] }> {
    for (const [channelId, { open, closed }] of this.#channels) {
      yield { channelId, batches: [...closed, open] };
    }
  }
}

/** A message larger than a whole batch gets one of its own. */
export function hasRoom(batch: OpenBatch, bytes: number): boolean {
  return batch.writer.count === 0 || batch.writer.byteLength + bytes <= BATCH_BYTES_MAX;
}

function newBatch(): OpenBatch {
  return {
    writer: new MessageBatchWriter(),
    origins: new Map(),
    retainedCount: 0,
    traced: undefined,
    closed: false,
  };
}
