/*
 * The port of what a mailbox could not hand on: frames that were given up, and sections that were
 * refused after their devices had been acknowledged. They wait for an operator, who looks at them,
 * and puts them back or away. tests/actors/mailbox/dead_letters_contract.ts is its executable form.
 */

export interface DeadLetter {
  /** Its place among the dead letters; grows with time. */
  readonly sequence: number;
  /** When it was set aside, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly partition: number;
  /** Place that its frame had in the line of the mailbox. */
  readonly frameSequence: number;
  readonly attempts: number;
  /** The code of a rejection, or `failed` where handling it went wrong. */
  readonly code: string;
  readonly reason: string;
  /** 0 where not even that could be read. */
  readonly messageCount: number;
  /** The first of its channels. */
  readonly channelIds: readonly string[];
  readonly bytes: number;
}

export interface DeadLettersPage {
  readonly letters: readonly DeadLetter[];
  /** Where the next page begins, if there is more. */
  readonly nextCursor?: number;
}

export interface DeadLetters {
  /** Oldest first, from the cursor on: the sequence of a letter, or 0. Throws TransientError. */
  list(page: { readonly cursor: number; readonly limit: number }): Promise<DeadLettersPage>;
  /**
   * Posts its frame again and removes it once that is durable. What of the frame is stored already is
   * not stored twice. Answers whether there was such a letter; throws TerminalError if it holds no
   * frame.
   */
  replay(sequence: number): Promise<boolean>;
  /** Answers whether there was such a letter. */
  remove(sequence: number): Promise<boolean>;
}

/** Of a mailbox that tells the poster what became of a frame: nothing is left over. */
export const noDeadLetters: DeadLetters = {
  list: () => Promise.resolve({ letters: [] }),
  replay: () => Promise.resolve(false),
  remove: () => Promise.resolve(false),
};
