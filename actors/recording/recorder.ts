import { channelKind, type ChannelState, decidePublishing, messageStream } from "../channel/mod.ts";
import {
  ConcurrencyConflict,
  InvariantViolation,
  reject,
  type Rejection,
  StorageFull,
  TransientError,
} from "../errors.ts";
import type { EventStore, ExpectedRevision, NewEvent } from "../event_store/mod.ts";
import type { MailboxFrame, MailboxSection, SectionOutcome } from "../mailbox/mod.ts";
import { type ActorRuntime, stateFromLog } from "../runtime/mod.ts";
import {
  hasReached,
  type LinePlace,
  recordedAt,
  SEARCH_EVENTS_MAX,
  type StreamEnd,
  streamEnd,
} from "./stream_end.ts";

/** Channels whose newest revision is remembered; an older one is read again. */
const HEADS_MAX = 20_000;
/** Attempts when another node wrote to the channel's stream first. */
const CONFLICT_ATTEMPTS_MAX = 3;
/** Version of the batch's layout, actors/message/format.ts. */
const SCHEMA_VERSION = 1;

/** One section on its way into the log. */
interface Recording {
  readonly frame: MailboxFrame;
  readonly section: MailboxSection;
  readonly stream: string;
  /** Undefined if the engine does not number frames. */
  readonly place: LinePlace | undefined;
}

/** What the recording of messages stands on. */
export interface RecorderGround {
  readonly store: EventStore;
  readonly runtime: ActorRuntime;
}

/**
 * The half of a channel's actor that receives messages: decides on each section of a frame and
 * appends it to the channel's stream of the day. It holds the revision that it expects, which fences
 * a second node that believes to own the same channel; and where the engine numbers its frames, it
 * knows by the stream's newest event which of them the channel has behind it.
 */
export class MessageRecorder {
  readonly #ground: RecorderGround;
  readonly #ends = new Map<string, StreamEnd>();
  /** Counted for /metrics: appends that found another node's events in the channel's stream. */
  readonly counters = { conflicts: 0 };

  constructor(ground: RecorderGround) {
    this.#ground = ground;
  }

  /**
   * Throws TransientError when the outcome is unknown, and of a frame that the engine keeps also while
   * it cannot be stored: the same frame may come again. Throws InvariantViolation if part of the frame
   * is neither in the log nor may be put behind what is.
   */
  async record(frame: MailboxFrame): Promise<readonly SectionOutcome[]> {
    const byChannel = new Map<string, number[]>();
    frame.sections.forEach((section, index) => {
      const known = byChannel.get(section.channelId);
      if (known === undefined) byChannel.set(section.channelId, [index]);
      else known.push(index);
    });
    const outcomes: SectionOutcome[] = new Array(frame.sections.length);
    // The appends of all channels start in this turn, so that the store commits them together.
    const done = await Promise.allSettled(
      [...byChannel.values()].map(async (indexes) => {
        // Within a channel one after another: a refused batch never lets a later one overtake a repeat.
        for (const [nth, index] of indexes.entries()) {
          outcomes[index] = await this.#record(recordingOf(frame, { index, nth }));
        }
      }),
    );
    const failures = done.filter((each) => each.status === "rejected").map(({ reason }) => reason);
    // What can be tried again is: whatever else is wrong with the frame is still wrong then.
    const failure = failures.find((each) => each instanceof TransientError) ?? failures[0];
    if (failure !== undefined) throw failure;
    return outcomes;
  }

  async #record(recording: Recording): Promise<SectionOutcome> {
    if (recording.place !== undefined) {
      const repeated = await this.#repeated(recording, recording.place);
      if (repeated !== undefined) return repeated;
    }
    const { runtime } = this.#ground;
    const { channelId } = recording.section;
    const state = runtime.peek(channelKind, channelId) ??
      await runtime.inspect(channelKind, channelId);
    const refused = refusalOf(state, recording);
    if (refused !== undefined) return { position: 0, rejection: refused };
    return await this.#append(recording, domainOf(state));
  }

  async #append(recording: Recording, domainId: string): Promise<SectionOutcome> {
    const { section: { channelId }, stream, place } = recording;
    const events = [messagesPublished(recording, domainId)];
    for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS_MAX; attempt++) {
      const end = this.#known(recording) ?? await this.#read(recording);
      if (hasReached(end, place)) return (await this.#repeated(recording, place))!;
      const expectedRevision: ExpectedRevision = end.revision < 0
        ? "no_stream"
        : { exact: end.revision };
      try {
        const { revision, position } = await this.#ground.store.append(stream, events, {
          expectedRevision,
        });
        end.revision = revision;
        if (place !== undefined) end.place = place;
        return { position };
      } catch (error) {
        this.#ends.delete(channelId);
        if (error instanceof ConcurrencyConflict) {
          this.counters.conflicts++;
          continue;
        }
        // Whose frame the engine keeps was told that nothing is lost: it waits for room.
        const refuses = error instanceof StorageFull && place === undefined;
        if (refuses) return { position: 0, rejection: reject("storage_full", error.message) };
        throw error;
      }
    }
    const text = `Cannot store messages of channel '${channelId}': another node writes it`;
    if (place !== undefined) throw new TransientError(text);
    return { position: 0, rejection: reject("unavailable", text) };
  }

  /** The outcome of a section whose place the stream has passed; undefined if it is still to come. */
  async #repeated(
    recording: Recording,
    place: LinePlace,
  ): Promise<SectionOutcome | undefined> {
    const { section: { channelId, eventId }, stream } = recording;
    const end = this.#known(recording) ?? await this.#read(recording);
    if (!hasReached(end, place)) return undefined;
    const { store } = this.#ground;
    const event = await recordedAt(store, { stream, place });
    if (event !== "too far back" && event?.id === eventId) return { position: event.position };
    if (event === undefined) {
      // Refused when it was its turn, perhaps by another node: what this one remembers may be older.
      const state = await stateFromLog(store, { kind: channelKind, id: channelId });
      const refused = refusalOf(state, recording);
      if (refused !== undefined) return { position: 0, rejection: refused };
    }
    throw new InvariantViolation(
      `Cannot store frame ${place.sequence} of channel '${channelId}': its stream is at frame ${
        end.place!.sequence
      } and ${whatStands(event)}`,
    );
  }

  #known({ section: { channelId }, stream }: Recording): StreamEnd | undefined {
    const end = this.#ends.get(channelId);
    return end?.stream === stream ? end : undefined;
  }

  async #read({ section: { channelId }, stream }: Recording): Promise<StreamEnd> {
    const end = await streamEnd(this.#ground.store, stream);
    this.#ends.delete(channelId);
    this.#ends.set(channelId, end);
    if (this.#ends.size > HEADS_MAX) this.#ends.delete(this.#ends.keys().next().value!);
    return end;
  }
}

function recordingOf(
  frame: MailboxFrame,
  { index, nth }: { readonly index: number; readonly nth: number },
): Recording {
  const section = frame.sections[index]!;
  return {
    frame,
    section,
    stream: messageStream(section.channelId, frame.closedAtMs),
    place: frame.sequence === undefined ? undefined : { sequence: frame.sequence, section: nth },
  };
}

function refusalOf(state: ChannelState, { section }: Recording): Rejection | undefined {
  const { messageCount, batch } = section;
  return decidePublishing(state, { messageCount, byteLength: batch.length });
}

function domainOf(state: ChannelState): string {
  return state.status === "absent" ? "" : state.domainId;
}

function whatStands(event: Awaited<ReturnType<typeof recordedAt>>): string {
  if (event === undefined) return "does not hold it, frames must come in their order";
  if (event === "too far back") return `not found in its newest ${SEARCH_EVENTS_MAX} events`;
  return "another frame stands in its place, a mailbox must never begin its numbers anew";
}

function messagesPublished({ frame, section, place }: Recording, domainId: string): NewEvent {
  return {
    id: section.eventId,
    type: "MessagesPublished",
    data: section.batch,
    metadata: {
      schemaVersion: SCHEMA_VERSION,
      domainId,
      // Who said each message, and from where, stands in the batch.
      principal: { kind: "system", id: "ingress" },
      edge: "system",
      remoteAddress: "local",
      causationId: frame.id,
      correlationId: frame.id,
      messageCount: section.messageCount,
      ...(section.retainedCount === 0 ? {} : { retainedCount: section.retainedCount }),
      ...(place === undefined ? {} : { mailboxSequence: place.sequence }),
      ...(place === undefined || place.section === 0 ? {} : { mailboxSection: place.section }),
    },
  };
}
