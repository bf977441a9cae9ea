import type { JetStreamClient } from "@nats-io/jetstream";
import { StorageFull, TerminalError, TransientError } from "../../errors.ts";
import { backOffMs, pause } from "../../platform/mod.ts";
import { FRAMES_WAITING_MAX, type MailboxFrame } from "../mailbox.ts";
import { encodeFrame } from "./frame_codec.ts";
import { ANSWER_MS, POST_MS_MAX } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import type { Names } from "./names.ts";
import { natsTranslated } from "./nats_errors.ts";

export interface PostGround {
  readonly link: NatsLink;
  readonly jetstream: JetStreamClient;
  readonly names: Names;
}

interface Line {
  waiting: number;
  /** Ends when the newest frame is posted or given up; each goes on after the one before it. */
  last: Promise<unknown>;
}

/** Frames on their way to the stream: those of one partition one after another. */
export class Posting {
  readonly #ground: PostGround;
  readonly #lines = new Map<number, Line>();

  constructor(ground: PostGround) {
    this.#ground = ground;
  }

  /**
   * Resolves when the stream has all of the frame; throws TransientError if that is not known in time.
   * Of a frame of several messages some may be there then: whoever posts it again harms nothing.
   */
  async post(frame: MailboxFrame): Promise<void> {
    const line = this.#line(frame.partition);
    if (line.waiting >= FRAMES_WAITING_MAX) {
      throw new TransientError(
        `Cannot post frame '${frame.id}': ${FRAMES_WAITING_MAX} frames wait in partition ${frame.partition}`,
      );
    }
    const messages = encodeFrame(frame);
    line.waiting++;
    const before = line.last;
    const untilMs = performance.now() + POST_MS_MAX;
    const mine = (async () => {
      await before;
      for (const [part, message] of messages.entries()) {
        await this.#publish(frame, { message, part, untilMs });
      }
    })();
    line.last = mine.catch(() => undefined);
    try {
      await mine;
    } finally {
      line.waiting--;
    }
  }

  /** Resolves when what waits in the partition now was posted or given up. */
  async settled(partition: number): Promise<void> {
    await this.#lines.get(partition)?.last;
  }

  async allSettled(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ last }) => last));
  }

  /**
   * The outcome of an attempt that is not answered is unknown: it is made again under the same id,
   * which the server knows for longer than this goes on. Nothing of the partition is sent meanwhile.
   */
  async #publish(
    { id, partition }: MailboxFrame,
    { message, part, untilMs }: {
      readonly message: Uint8Array;
      readonly part: number;
      readonly untilMs: number;
    },
  ): Promise<void> {
    const { link, jetstream, names } = this.#ground;
    for (let attempt = 0;; attempt++) {
      try {
        // While the line is down the client would only collect what it later throws away.
        await link.upBefore(untilMs);
        await link.whileUp(
          jetstream.publish(names.mailboxOf(partition), message, {
            msgID: `${id}:${part}`,
            timeout: ANSWER_MS,
            expect: { streamName: names.streamOf(partition) },
          }),
        );
        return;
      } catch (cause) {
        const error = natsTranslated(`post frame '${id}'`, cause);
        if (error instanceof StorageFull || error instanceof TerminalError) throw error;
        const waitMs = backOffMs(attempt);
        if (performance.now() + waitMs > untilMs || link.closed.aborted) throw error;
        await pause(waitMs, link.closed);
      }
    }
  }

  #line(partition: number): Line {
    const known = this.#lines.get(partition);
    if (known !== undefined) return known;
    const line = { waiting: 0, last: Promise.resolve() };
    this.#lines.set(partition, line);
    return line;
  }
}
