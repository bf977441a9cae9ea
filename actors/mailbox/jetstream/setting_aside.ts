import type { JetStreamClient } from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "@nats-io/nats-core";
import type { Rejection } from "../../errors.ts";
import type { DeadLetter } from "../dead_letters.ts";
import type { MailboxFrame, MailboxSection, SectionOutcome } from "../mailbox.ts";
import { decodeFrame, encodeFrame } from "./frame_codec.ts";
import { ANSWER_MS, DEAD_CHANNELS_MAX, REASON_LENGTH_MAX } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import type { Names } from "./names.ts";
import { natsTranslated } from "./nats_errors.ts";

/** Headers of a dead letter; its body is an encoded frame, or what could not be read as one. */
const REASON = "Millrace-Reason";
const CODE = "Millrace-Code";
const PARTITION = "Millrace-Partition";
const SEQUENCE = "Millrace-Sequence";
const ATTEMPTS = "Millrace-Attempts";
const MESSAGES = "Millrace-Messages";
const CHANNELS = "Millrace-Channels";

interface Failed {
  readonly partition: number;
  readonly sequence: number;
  readonly attempts: number;
}

/** Puts what cannot be stored where an operator sees it; each call resolves when that is durable. */
export class SetAside {
  readonly #ground: {
    readonly link: NatsLink;
    readonly jetstream: JetStreamClient;
    readonly names: Names;
  };

  constructor(
    ground: {
      readonly link: NatsLink;
      readonly jetstream: JetStreamClient;
      readonly names: Names;
    },
  ) {
    this.#ground = ground;
  }

  /** A whole message of the mailbox, as it came; without a frame if it held none. */
  message(
    body: Uint8Array,
    failed: Failed & { readonly reason: string; readonly frame?: MailboxFrame },
  ): Promise<void> {
    const { partition, sequence, frame, reason } = failed;
    return this.#put(body, {
      ...failed,
      id: `${partition}:${sequence}:failed`,
      reason,
      code: "failed",
      sections: frame?.sections ?? [],
    });
  }

  /** The refused sections of a frame: those of one reason together. */
  async rejected(
    frame: MailboxFrame,
    failed: Failed & { readonly outcomes: readonly SectionOutcome[] },
  ): Promise<void> {
    const groups = new Map<string, { rejection: Rejection; sections: MailboxSection[] }>();
    for (const [index, { rejection }] of failed.outcomes.entries()) {
      const section = frame.sections[index];
      if (rejection === undefined || section === undefined) continue;
      const key = `${rejection.code} ${rejection.message}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { rejection, sections: [section] });
      else group.sections.push(section);
    }
    for (const [index, { rejection, sections }] of [...groups.values()].entries()) {
      // What came as one message fits into one again.
      const [body] = encodeFrame({ ...frame, sections });
      await this.#put(body!, {
        ...failed,
        id: `${failed.partition}:${failed.sequence}:rejected:${index}`,
        reason: rejection.message,
        code: rejection.code,
        sections,
      });
    }
  }

  async #put(
    body: Uint8Array,
    letter: Failed & {
      readonly id: string;
      readonly reason: string;
      readonly code: string;
      readonly sections: readonly MailboxSection[];
    },
  ): Promise<void> {
    const { link, jetstream, names } = this.#ground;
    const { partition, sequence, id } = letter;
    try {
      await link.whileUp(
        jetstream.publish(names.deadOf(partition), body, {
          // A frame that is handled again after its consumer died is set aside once.
          msgID: id,
          timeout: ANSWER_MS,
          headers: headersOf(letter),
          expect: { streamName: names.dead },
        }),
      );
    } catch (cause) {
      throw natsTranslated(`set aside frame '${sequence}' of partition ${partition}`, cause);
    }
  }
}

function headersOf(
  { reason, code, partition, sequence, attempts, sections }: Failed & {
    readonly reason: string;
    readonly code: string;
    readonly sections: readonly MailboxSection[];
  },
): MsgHdrs {
  const set = headers();
  const messages = sections.reduce((sum, { messageCount }) => sum + messageCount, 0);
  const channels = [...new Set(sections.map(({ channelId }) => channelId))];
  set.set(REASON, encodeURIComponent(reason.slice(0, REASON_LENGTH_MAX).toWellFormed()));
  set.set(CODE, code);
  set.set(PARTITION, String(partition));
  set.set(SEQUENCE, String(sequence));
  set.set(ATTEMPTS, String(attempts));
  set.set(MESSAGES, String(messages));
  set.set(CHANNELS, channels.slice(0, DEAD_CHANNELS_MAX).map(named).join(","));
  return set;
}

/** Channels are UUIDs; a longer name is none that anybody could look up. */
function named(channelId: string): string {
  return encodeURIComponent(channelId.slice(0, 64).toWellFormed());
}

/** What the headers of a stored dead letter say. */
export function letterOf(
  stored: {
    readonly sequence: number;
    readonly at: Date;
    readonly bytes: number;
    readonly headers: MsgHdrs | undefined;
  },
): DeadLetter {
  const read = (name: string) => stored.headers?.get(name) ?? "";
  return {
    sequence: stored.sequence,
    atMs: stored.at.getTime(),
    partition: Number(read(PARTITION)),
    frameSequence: Number(read(SEQUENCE)),
    attempts: Number(read(ATTEMPTS)),
    code: read(CODE),
    reason: decodeURIComponent(read(REASON)),
    messageCount: Number(read(MESSAGES)),
    channelIds: read(CHANNELS).split(",").filter((name) => name !== "").map(decodeURIComponent),
    bytes: stored.bytes,
  };
}

/** The frame of a dead letter under a new id; throws TerminalError if it holds none. */
export function frameAgain(body: Uint8Array, id: string): MailboxFrame {
  return { ...decodeFrame(body).frame, id };
}
