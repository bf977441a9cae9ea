import { InvariantViolation } from "../../errors.ts";
import { eventHash } from "../canonical.ts";
import type { EventReader, RecordedEvent } from "../event_store.ts";
import { type LogCopy, misplaced, type StreamEnding } from "../stored_log.ts";
import { type WrittenEvent, writtenEvents } from "../written_event.ts";
import type { EsdbConnection } from "./connection.ts";
import { type Head, proposedEvent } from "./esdb_event.ts";
import type { Heads } from "./heads.ts";
import type { Priors } from "./priors.ts";
import { refuseReserved } from "./reserved.ts";
import type { StreamSettingsOfLog } from "./stream_settings.ts";

/** Events and bytes of one append: with their metadata they stay below what the server takes. */
const APPEND_EVENTS_MAX = 256;
const APPEND_BYTES_MAX = 256 * 1024;
/** About what an event takes beside its data. */
const EVENT_BYTES = 1_024;

export interface EsdbCopyGround {
  readonly connection: EsdbConnection;
  readonly settings: StreamSettingsOfLog;
  readonly heads: Heads;
  readonly priors: Priors;
  readonly events: EventReader;
}

/**
 * A log that is written event by event as another one holds it. One append at a time: whatever moment
 * it is cut off at, what is there is the beginning of the origin, in its order.
 */
export class EsdbLogCopy implements LogCopy {
  /** The server numbers by the bytes that it has written. */
  readonly keepsPositions = false;
  readonly events: EventReader;
  readonly #ground: EsdbCopyGround;

  constructor(ground: EsdbCopyGround) {
    this.#ground = ground;
    this.events = ground.events;
  }

  async add(events: readonly RecordedEvent[]): Promise<void> {
    for (let at = 0; at < events.length;) {
      const run = runAt(events, at);
      await this.#append(run);
      at += run.length;
    }
  }

  async ending(stream: string): Promise<StreamEnding> {
    const { revision, hash } = await this.#ground.heads.load(stream);
    const { limits, deleted } = await this.#ground.settings.of(stream);
    return { revision, hash, limits, deletedBefore: deleted?.deletedBefore ?? 0 };
  }

  async settle(stream: string, { limits, deletedBefore }: StreamEnding): Promise<void> {
    const { settings, heads } = this.#ground;
    if (deletedBefore === 0) return await settings.settle(stream, { limits, deleted: undefined });
    const { revision, hash } = await heads.load(stream);
    heads.forget(stream);
    await settings.settle(stream, { limits, deleted: { revision, hash, deletedBefore } });
  }

  /** A copy of this log keeps the positions: they are the same in both. */
  async placeOf({ position, id, hash }: RecordedEvent): Promise<number | undefined> {
    const found = await this.events.eventAt(position);
    const same = found?.id === id && found.hash.every((byte, index) => byte === hash[index]);
    return same ? position : undefined;
  }

  async close(): Promise<void> {
    await this.#ground.connection.close();
  }

  async #append(run: readonly RecordedEvent[]): Promise<void> {
    const { connection, heads } = this.#ground;
    const { stream } = run[0]!;
    refuseReserved(stream);
    const head = await this.#headFor(run[0]!);
    const proposed = [];
    let { revision, hash } = head;
    for (const event of run) {
      const written = writtenEvent(event);
      const fault = misplaced(event, { revision, hash: eventHash(hash, written) });
      if (fault !== undefined) {
        throw new InvariantViolation(
          `Cannot copy event ${event.revision} of '${stream}' (${event.id}): ${fault}`,
        );
      }
      ({ revision, hash } = event);
      const { prior } = head;
      proposed.push(proposedEvent(written, { data: event.data, hash: event.hash, prior }));
    }
    heads.forget(stream);
    const { prior, revision: after } = head;
    const appended = await connection.append(stream, proposed, { after, prior });
    if (appended.is === "wrong") {
      throw new InvariantViolation(
        `Cannot copy event ${
          after + 1
        } of '${stream}': EventStoreDB has revision ${appended.current} of it, something else writes there`,
      );
    }
    const { recordedAtMs } = run.at(-1)!.metadata;
    heads.keep(stream, { ...head, revision, hash, recordedAtMs });
  }

  /** Where a stream begins is written down before its first event, so that no event lies wrong. */
  async #headFor({ stream, revision }: RecordedEvent): Promise<Head> {
    const { heads, priors } = this.#ground;
    const head = heads.known(stream) ?? await heads.load(stream);
    if (head.revision >= 0 || revision === 0) return head;
    if (head.prior !== revision) await priors.begin(stream, revision);
    return { ...head, prior: revision };
  }
}

/** The events from `at` on that go into one append: all of one stream. */
function runAt(events: readonly RecordedEvent[], at: number): readonly RecordedEvent[] {
  const { stream } = events[at]!;
  let bytes = 0;
  let end = at;
  while (end < events.length && end - at < APPEND_EVENTS_MAX && events[end]!.stream === stream) {
    const { data } = events[end]!;
    bytes += EVENT_BYTES + (data instanceof Uint8Array ? data.length : JSON.stringify(data).length);
    if (end > at && bytes > APPEND_BYTES_MAX) break;
    end++;
  }
  return events.slice(at, end);
}

function writtenEvent(event: RecordedEvent): WrittenEvent {
  const written = writtenEvents([event], event.metadata.recordedAtMs);
  if (written instanceof Error) throw written;
  return written[0]!;
}
