import { channelKind, decidePublishing, messageStream } from "../channel/mod.ts";
import { ConcurrencyConflict, reject, type Rejection, StorageFull } from "../errors.ts";
import type { EventStore, ExpectedRevision, NewEvent } from "../event_store/mod.ts";
import type { MailboxFrame, MailboxSection, SectionOutcome } from "../mailbox/mod.ts";
import type { ActorRuntime } from "../runtime/mod.ts";

/** Channels whose newest revision is remembered; an older one is read again. */
const HEADS_MAX = 20_000;
/** Attempts when another node wrote to the channel's stream first. */
const CONFLICT_ATTEMPTS_MAX = 3;
/** Version of the batch's layout, actors/message/format.ts. */
const SCHEMA_VERSION = 1;

interface Head {
  readonly stream: string;
  /** -1 while the stream is empty. */
  revision: number;
}

/** What the recording of messages stands on. */
export interface RecorderGround {
  readonly store: EventStore;
  readonly runtime: ActorRuntime;
}

/**
 * The half of a channel's actor that receives messages: decides on each section of a frame and
 * appends it to the channel's stream of the day. It holds the revision that it expects, which fences
 * a second node that believes to own the same channel.
 */
export class MessageRecorder {
  readonly #ground: RecorderGround;
  readonly #heads = new Map<string, Head>();
  /** Counted for /metrics: appends that found another node's events in the channel's stream. */
  readonly counters = { conflicts: 0 };

  constructor(ground: RecorderGround) {
    this.#ground = ground;
  }

  /** Throws TransientError when the outcome is unknown: the same frame may come again. */
  async record(frame: MailboxFrame): Promise<readonly SectionOutcome[]> {
    const byChannel = new Map<string, number[]>();
    frame.sections.forEach((section, index) => {
      const known = byChannel.get(section.channelId);
      if (known === undefined) byChannel.set(section.channelId, [index]);
      else known.push(index);
    });
    const outcomes: SectionOutcome[] = new Array(frame.sections.length);
    // The appends of all channels start in this turn, so that the store commits them together.
    await Promise.all(
      [...byChannel.values()].map(async (indexes) => {
        // Within a channel one after another: a refused batch never lets a later one overtake a repeat.
        for (const index of indexes) {
          outcomes[index] = await this.#recordSection(frame, frame.sections[index]!);
        }
      }),
    );
    return outcomes;
  }

  async #recordSection(frame: MailboxFrame, section: MailboxSection): Promise<SectionOutcome> {
    const { channelId, messageCount, batch } = section;
    const state = this.#ground.runtime.peek(channelKind, channelId) ??
      await this.#ground.runtime.inspect(channelKind, channelId);
    const refused = decidePublishing(state, { messageCount, byteLength: batch.length });
    if (refused !== undefined) return { position: 0, rejection: refused };
    const domainId = state.status === "absent" ? "" : state.domainId;
    return await this.#append(channelId, {
      stream: messageStream(channelId, frame.closedAtMs),
      events: [messagesPublished(frame, { section, domainId })],
    });
  }

  async #append(
    channelId: string,
    batch: { readonly stream: string; readonly events: readonly NewEvent[] },
  ): Promise<SectionOutcome> {
    for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS_MAX; attempt++) {
      const head = this.#known(channelId, batch.stream) ??
        await this.#read(channelId, batch.stream);
      const expectedRevision: ExpectedRevision = head.revision < 0
        ? "no_stream"
        : { exact: head.revision };
      try {
        const { revision, position } = await this.#ground.store.append(
          batch.stream,
          batch.events,
          { expectedRevision },
        );
        head.revision = revision;
        return { position };
      } catch (error) {
        this.#heads.delete(channelId);
        if (error instanceof ConcurrencyConflict) {
          this.counters.conflicts++;
          continue;
        }
        if (error instanceof StorageFull) return { position: 0, rejection: full(error) };
        throw error;
      }
    }
    return {
      position: 0,
      rejection: reject(
        "unavailable",
        `Cannot store messages of channel '${channelId}': another node writes it`,
      ),
    };
  }

  #known(channelId: string, stream: string): Head | undefined {
    const head = this.#heads.get(channelId);
    return head?.stream === stream ? head : undefined;
  }

  async #read(channelId: string, stream: string): Promise<Head> {
    const [newest] = await this.#ground.store.readStream(stream, {
      direction: "backwards",
      limit: 1,
      stored: true,
    });
    const head = { stream, revision: newest?.revision ?? -1 };
    this.#heads.delete(channelId);
    this.#heads.set(channelId, head);
    if (this.#heads.size > HEADS_MAX) this.#heads.delete(this.#heads.keys().next().value!);
    return head;
  }
}

function full(error: StorageFull): Rejection {
  return reject("storage_full", error.message);
}

function messagesPublished(
  frame: MailboxFrame,
  { section, domainId }: { readonly section: MailboxSection; readonly domainId: string },
): NewEvent {
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
    },
  };
}
