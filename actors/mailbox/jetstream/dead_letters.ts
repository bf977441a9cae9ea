import {
  type Consumer,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { InvariantViolation } from "../../errors.ts";
import type { DeadLetter, DeadLetters, DeadLettersPage } from "../dead_letters.ts";
import type { MailboxFrame } from "../mailbox.ts";
import { ANSWER_MS, DEAD_LETTERS_PAGE_MAX } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import type { Names } from "./names.ts";
import { natsTranslated } from "./nats_errors.ts";
import { frameAgain, letterOf } from "./setting_aside.ts";

const NO_MESSAGE_FOUND = 10037;
const NO_SUCH_SEQUENCE = 10043;

export interface DeadLettersGround {
  readonly link: NatsLink;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly names: Names;
  readonly newId: () => string;
  readonly post: (frame: MailboxFrame) => Promise<unknown>;
}

/** The dead letters of an installation, in a stream of their own. */
export class StreamDeadLetters implements DeadLetters {
  readonly #ground: DeadLettersGround;

  constructor(ground: DeadLettersGround) {
    this.#ground = ground;
  }

  list(page: { readonly cursor: number; readonly limit: number }): Promise<DeadLettersPage> {
    const { limit } = page;
    if (!Number.isInteger(limit) || limit < 1 || limit > DEAD_LETTERS_PAGE_MAX) {
      throw new InvariantViolation(
        `Cannot list '${limit}' dead letters: it must be from 1 to ${DEAD_LETTERS_PAGE_MAX}`,
      );
    }
    return this.#asked("list dead letters", () => this.#page(page));
  }

  async replay(sequence: number): Promise<boolean> {
    const stored = await this.#asked("read a dead letter", () => this.#stored(sequence));
    if (stored === null) return false;
    const { newId, post } = this.#ground;
    await post(frameAgain(stored.data, newId()));
    await this.remove(sequence);
    return true;
  }

  async remove(sequence: number): Promise<boolean> {
    const { manager, names } = this.#ground;
    return await this.#asked("remove a dead letter", async () => {
      try {
        return await manager.streams.deleteMessage(names.dead, sequence, false);
      } catch (error) {
        if (isMissing(error)) return false;
        // Of a number that it never gave the server says something else than of one that is gone.
        if (await this.#stored(sequence) === null) return false;
        throw error;
      }
    });
  }

  async #stored(sequence: number) {
    const { manager, names } = this.#ground;
    try {
      return await manager.streams.getMessage(names.dead, { seq: sequence });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** Only headers come over the line: a page of bodies could be a hundred megabytes. */
  async #page(
    { cursor, limit }: { readonly cursor: number; readonly limit: number },
  ): Promise<DeadLettersPage> {
    const { jetstream, manager, names } = this.#ground;
    const { state } = await manager.streams.info(names.dead);
    if (state.messages === 0 || cursor > state.last_seq) return { letters: [] };
    const consumer = await jetstream.consumers.get(names.dead, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, cursor),
      headers_only: true,
      inactive_threshold: ANSWER_MS,
    });
    try {
      return await pageOf(consumer, limit);
    } finally {
      await consumer.delete();
    }
  }

  async #asked<T>(action: string, asked: () => Promise<T>): Promise<T> {
    try {
      return await this.#ground.link.whileUp(asked());
    } catch (cause) {
      throw natsTranslated(action, cause);
    }
  }
}

async function pageOf(consumer: Consumer, limit: number): Promise<DeadLettersPage> {
  const { num_pending: pending } = await consumer.info(true);
  if (pending === 0) return { letters: [] };
  const letters: DeadLetter[] = [];
  const messages = await consumer.fetch({
    max_messages: Math.min(limit, pending),
    expires: ANSWER_MS,
  });
  let left = pending;
  for await (const { seq, time, headers, info } of messages) {
    letters.push(letterOf({
      sequence: seq,
      at: time,
      headers,
      bytes: Number(headers?.get("Nats-Msg-Size") ?? 0),
    }));
    left = info.pending;
    if (letters.length >= Math.min(limit, pending)) break;
  }
  return {
    letters,
    ...(left === 0 || letters.length === 0 ? {} : { nextCursor: letters.at(-1)!.sequence + 1 }),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError &&
    (error.code === NO_MESSAGE_FOUND || error.code === NO_SUCH_SEQUENCE);
}
