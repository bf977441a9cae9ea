import type { Rejection } from "../errors.ts";
import type { Engine } from "../platform/mod.ts";

export { partitionOf, PARTITIONS } from "../partitions.ts";

/*
 * The port between edges and channel actors; tests/actors/mailbox/mailbox_contract.ts is its
 * executable form. What an edge collected in one tick for the channels of one partition travels as
 * one frame. Frames of one partition are handled one after another, in the order of their posting.
 */

/** Frames that may wait in one partition: beyond it a post is refused. */
export const FRAMES_WAITING_MAX = 64;
/**
 * Attempts to handle one frame before it is given up. Where the mailbox keeps frames itself a
 * TransientError does not count: their messages are acknowledged already, so they wait.
 */
export const FRAME_ATTEMPTS_MAX = 3;

/** The messages that one channel received in one tick, as one batch of at most 256 KiB or one message. */
export interface MailboxSection {
  readonly channelId: string;
  /** Becomes the id of the event: a redelivered section is stored once. */
  readonly eventId: string;
  /** Canonical bytes (docs/event-format.md); must not change after the post. */
  readonly batch: Uint8Array;
  readonly messageCount: number;
  readonly retainedCount: number;
}

export interface MailboxFrame {
  /** UUID; a second post of the same frame changes nothing that the first did not. */
  readonly id: string;
  readonly partition: number;
  /** When the tick closed, in milliseconds since the Unix epoch. */
  readonly closedAtMs: number;
  /** Place in the line of an engine that keeps frames; grows within a partition. Set when handed over. */
  readonly sequence?: number;
  /** Several sections of one channel stand in the order of their messages. */
  readonly sections: readonly MailboxSection[];
}

/** What became of one section. */
export interface SectionOutcome {
  /** Position of its event; 0 if it was refused. */
  readonly position: number;
  readonly rejection?: Rejection;
}

/**
 * Decides and stores a frame; one outcome for each section, in their order. A TransientError lets
 * the mailbox deliver the same frame again.
 */
export type FrameHandler = (frame: MailboxFrame) => Promise<readonly SectionOutcome[]>;

/** Its status says as `lag` how many frames were taken and not handled yet. */
export interface Mailbox extends Engine {
  /**
   * Resolves when the frame cannot be lost any more. Outcomes are there where the mailbox knows
   * them by then; an engine that keeps the frame itself answers none, and refusals show later.
   * Throws TransientError when the frame was not taken, or was given up after
   * {@link FRAME_ATTEMPTS_MAX} attempts.
   */
  post(frame: MailboxFrame): Promise<{ readonly outcomes?: readonly SectionOutcome[] }>;
  /** One handler a partition; the returned function ends it once the frame in hand is done. */
  consume(partition: number, handler: FrameHandler): () => Promise<void>;
  /** Refuses further posts and waits for those that were taken. */
  close(): Promise<void>;
}

/** What one node hears of all that is recorded, on whichever node. */
export interface RecordedFollower {
  /**
   * A frame was recorded; those of one partition in their order, each once. Sections stand with the
   * positions of their events, and a refused one with its rejection.
   */
  recorded(frame: MailboxFrame, outcomes: readonly SectionOutcome[]): void;
  /** Everything of the partition up to this position of the log was told. */
  reached(partition: number, position: number): void;
  /** Something of the partition was not told: from where it was heard of last, the log must be read. */
  missed(partition: number): void;
}

/** A mailbox that several nodes share: it keeps the frames, and tells every node what became of them. */
export interface SharedMailbox extends Mailbox {
  /**
   * Tells what is recorded from the resolution of the promise on; whatever gets lost on the way is
   * told as `missed`. The returned function ends it.
   */
  follow(follower: RecordedFollower): Promise<() => void>;
  /**
   * Resolves once everything that was posted to the partition before the call, by any node, was
   * handled. Throws TransientError when the time is over.
   */
  handled(partition: number, options: { readonly timeoutMs: number }): Promise<void>;
}
