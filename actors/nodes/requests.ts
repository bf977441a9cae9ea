/*
 * The port of questions from node to node. A question has a deadline and is asked once: who asks
 * knows whether it may ask again. tests/actors/nodes/requests_contract.ts is its executable form.
 */

/** Most bytes of a question and of an answer. */
export const REQUEST_BYTES_MAX = 1_000_000;

export interface Requests {
  /**
   * Asks whoever answers under this name; with several, one of them. Undefined if nobody does.
   * Throws TransientError at the deadline, or when the line breaks: the outcome is unknown then.
   */
  ask(
    name: string,
    question: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array | undefined>;
  /**
   * Answers questions under a name, each on its own, so that a slow one holds up no other. An answer
   * that throws is none: who asks waits for its deadline. The returned function ends it.
   */
  answer(name: string, reply: (question: Uint8Array) => Promise<Uint8Array>): Promise<() => void>;
  /** Tells all nodes that listen to the name, this one too; nobody may. */
  tell(name: string, message: Uint8Array): void;
  listen(name: string, heard: (message: Uint8Array) => void): Promise<() => void>;
}
