import type { Rejection } from "../errors.ts";
import type { Engine } from "../platform/mod.ts";

/*
 * The port between edges and channel actors; tests/actors/mailbox/mailbox_contract.ts is its
 * executable form. What an edge collected in one tick for the channels of one partition travels as
 * one frame. Frames of one partition are handled one after another, in the order of their posting.
 */

/** Channels hash onto so many partitions; fixed for the life of an installation. */
export const PARTITIONS = 32;
/** Frames that may wait in one partition: beyond it a post is refused. */
export const FRAMES_WAITING_MAX = 64;
/** Attempts to handle one frame before it is given up. */
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

/** FNV-1a over the channel id: stable across versions and engines, or messages would lose order. */
export function partitionOf(channelId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < channelId.length; i++) {
    hash = Math.imul(hash ^ channelId.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}
