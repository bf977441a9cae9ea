import {
  type Clock,
  decodeMessageBatch,
  type EventReader,
  type LogPlace,
  messageStream,
  type RecordedEvent,
} from "../../actors/mod.ts";
import { type LiveMessage, RenderedFrames } from "../live/mod.ts";
import { StreamPlaces } from "./stream_places.ts";

const DAY_MS = 86_400_000;
/** Batches of one read of the log. */
const BATCHES_PER_READ = 8;
/** Bytes of decoded batches that are shared; the least recently used leave. */
const SHARED_BYTES_MAX = 16 * 1024 * 1024;
/** What a decoded message takes beside its bytes, which are there twice once it is rendered. */
const MESSAGE_BYTES = 600;
/** How long it is remembered where a day begins: sessions that return at once ask for the same days. */
const BEGINNINGS_KNOWN_MS = 1_000;
const BEGINNINGS_MAX = 10_000;
/** A tick can close a little before midnight and be stored a little after it. */
const LATE_MS = 60_000;

/** A stored message, as those who listen live would have got it. */
export interface LoggedMessage extends LiveMessage {
  /** Of QoS 2 from a session that outlives its connection: the packet id under which it came. */
  readonly packetId?: number;
}

/** One stored batch of a channel. */
export interface LoggedBatch {
  readonly revision: number;
  readonly position: number;
  readonly messages: readonly LoggedMessage[];
}

/** Where a reader stands in the day streams of a channel; made by `ChannelLog.find`. */
export interface ChannelLogCursor {
  readonly dayMs: number;
  /** First revision that was not read. */
  readonly revision: number;
}

/** What a read found; without a batch the end was reached. */
export interface LogRead {
  readonly batch?: LoggedBatch;
  readonly cursor: ChannelLogCursor;
}

/** A time, in milliseconds since the Unix epoch. */
export interface LogGap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where what is left of a day begins. */
interface Beginning {
  /** The oldest that is left. */
  readonly oldest: { readonly position: number; readonly atMs: number } | undefined;
  /** Something came before it, or was all there was. */
  readonly isCut: boolean;
}

interface SharedBatch extends LoggedBatch {
  readonly bytes: number;
}

/** Reads the streams of messages, by channel and place. */
export class ChannelLog {
  readonly #events: EventReader;
  readonly #clock: Clock;
  readonly #shared = new Map<string, SharedBatch>();
  /** The same batches, by their positions. */
  readonly #byPosition = new Map<number, SharedBatch>();
  #sharedBytes = 0;
  readonly #places: StreamPlaces;
  readonly #beginnings = new Map<string, Beginning>();
  #beginningsSinceMs = 0;

  constructor(ground: { readonly events: EventReader; readonly clock: Clock }) {
    this.#events = ground.events;
    this.#places = new StreamPlaces(ground.events);
    this.#clock = ground.clock;
  }

  /** The cursor at the first batch whose position is `position` or higher, of those after `sinceMs`. */
  async find(
    channelId: string,
    from: { readonly position: number; readonly sinceMs: number },
  ): Promise<ChannelLogCursor> {
    const today = dayOf(this.#clock.nowMs());
    let dayMs = dayOf(from.sinceMs - LATE_MS);
    for (; dayMs < today; dayMs += DAY_MS) {
      const newest = await this.#places.newest(messageStream(channelId, dayMs), from.position);
      if (newest !== undefined && newest.position >= from.position) break;
    }
    return {
      dayMs,
      revision: await this.#places.firstRevision(messageStream(channelId, dayMs), from.position),
    };
  }

  /**
   * The batch at the cursor, and the cursor behind it; none if the end was reached. What is stored
   * after the call is not missed by the next one. Those behind it are at hand for the next calls.
   */
  async read(channelId: string, cursor: ChannelLogCursor): Promise<LogRead> {
    const batch = await this.#batch(channelId, placeOf(channelId, cursor));
    if (batch !== undefined) return readOf(batch, cursor.dayMs);
    // A day is over once a later one has begun; until then it may still grow.
    const today = dayOf(this.#clock.nowMs());
    for (let dayMs = cursor.dayMs + DAY_MS; dayMs <= today; dayMs += DAY_MS) {
      const first = await this.#places.from(messageStream(channelId, dayMs), 0);
      if (first === undefined) continue;
      // The day before may have grown while the next one was looked at.
      const late = await this.#batch(channelId, placeOf(channelId, cursor));
      if (late !== undefined) return readOf(late, cursor.dayMs);
      return await this.read(channelId, { dayMs, revision: first.revision });
    }
    return { cursor };
  }

  /** One message, or undefined if the log let it go. */
  async message(
    channelId: string,
    [position, index]: LogPlace,
  ): Promise<LiveMessage | undefined> {
    // Who asks for one message asks for its neighbours too: each batch is looked for once.
    const known = this.#byPosition.get(position);
    if (known !== undefined) return known.messages[index];
    const event = await this.#events.eventAt(position);
    if (event === undefined) return undefined;
    // The log may still hold what a limit of its stream hides.
    const batch = await this.#batch(channelId, event);
    return batch?.position === position ? batch.messages[index] : undefined;
  }

  /**
   * Whether a reader that had everything before `position` and `sinceMs` finds less than there was:
   * then the log begins at `toMs`, because messages were removed by a limit of their stream or with
   * it. Some of them may have been read before, if they are of the day on which the reader left.
   */
  async gap(
    channelId: string,
    reader: { readonly position: number; readonly sinceMs: number },
  ): Promise<LogGap | undefined> {
    const { position, sinceMs } = reader;
    const nowMs = this.#clock.nowMs();
    let toMs = 0;
    for (let dayMs = dayOf(sinceMs - LATE_MS); dayMs <= nowMs; dayMs += DAY_MS) {
      const { oldest, isCut } = await this.#beginning(channelId, dayMs);
      // What was read last is there, and so is everything behind it.
      if (oldest !== undefined && oldest.position <= position) return undefined;
      if (isCut) toMs = oldest?.atMs ?? Math.min(dayMs + DAY_MS, nowMs);
      // Streams let their oldest go first.
      if (oldest !== undefined) break;
    }
    return toMs > sinceMs ? { fromMs: sinceMs, toMs } : undefined;
  }

  async #beginning(channelId: string, dayMs: number): Promise<Beginning> {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#beginningsSinceMs >= BEGINNINGS_KNOWN_MS) {
      this.#beginnings.clear();
      this.#beginningsSinceMs = nowMs;
    }
    const stream = messageStream(channelId, dayMs);
    const known = this.#beginnings.get(stream);
    if (known !== undefined) return known;
    const [first] = await this.#events.readStream(stream, { limit: 1, fromRevision: 0 });
    const beginning = first === undefined
      ? { oldest: undefined, isCut: await this.#events.firstRevision(stream) > 0 }
      : {
        oldest: { position: first.position, atMs: first.metadata.recordedAtMs },
        isCut: first.revision > 0,
      };
    if (this.#beginnings.size < BEGINNINGS_MAX) this.#beginnings.set(stream, beginning);
    return beginning;
  }

  async #batch(
    channelId: string,
    { stream, revision }: { readonly stream: string; readonly revision: number },
  ): Promise<LoggedBatch | undefined> {
    const known = this.#known(`${stream}@${revision}`);
    if (known !== undefined) return known;
    const events = await this.#events.readStream(stream, {
      fromRevision: revision,
      limit: BATCHES_PER_READ,
    });
    // What is hidden by a limit of the stream is passed over.
    const [first] = events.map((event) => this.#share(channelId, event));
    return first;
  }

  #known(name: string): SharedBatch | undefined {
    const known = this.#shared.get(name);
    if (known === undefined) return undefined;
    this.#shared.delete(name);
    this.#shared.set(name, known);
    return known;
  }

  #share(channelId: string, event: RecordedEvent): SharedBatch {
    const name = `${event.stream}@${event.revision}`;
    const known = this.#known(name);
    if (known !== undefined) return known;
    const data = event.data as Uint8Array;
    const { position } = event;
    const messages = decodeMessageBatch(data).messages.map((message) => ({
      ...message,
      channelId,
      place: { position, index: message.index },
      rendered: new RenderedFrames(),
    }));
    const bytes = data.length * 2 + messages.length * MESSAGE_BYTES;
    const batch = { revision: event.revision, position, messages, bytes };
    this.#shared.set(name, batch);
    this.#byPosition.set(position, batch);
    this.#sharedBytes += batch.bytes;
    for (const [oldest, { bytes, position }] of this.#shared) {
      if (this.#sharedBytes <= SHARED_BYTES_MAX) break;
      this.#shared.delete(oldest);
      this.#byPosition.delete(position);
      this.#sharedBytes -= bytes;
    }
    return batch;
  }
}

function placeOf(channelId: string, { dayMs, revision }: ChannelLogCursor) {
  return { stream: messageStream(channelId, dayMs), revision };
}

function readOf(batch: LoggedBatch, dayMs: number): LogRead {
  return { batch, cursor: { dayMs, revision: batch.revision + 1 } };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
