import { InvariantViolation, TransientError } from "../../errors.ts";
import type { Clock } from "../../platform/mod.ts";
import { within } from "../deadline.ts";
import { QUESTIONS_UNDER_WAY_MAX } from "../limits.ts";
import { REQUEST_BYTES_MAX, type Requests } from "../requests.ts";

type Reply = (question: Uint8Array) => Promise<Uint8Array>;
type Heard = (message: Uint8Array) => void;

/** Questions between nodes that live in one process: one object for all of them. */
export class InProcessRequests implements Requests {
  readonly #clock: Clock;
  readonly #replies = new Map<string, Set<Reply>>();
  readonly #listeners = new Map<string, Set<Heard>>();
  #underWay = 0;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  async ask(
    name: string,
    question: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array | undefined> {
    checkBytes(name, question);
    const replies = this.#replies.get(name);
    const reply = replies?.values().next().value;
    if (replies === undefined || reply === undefined) return undefined;
    if (this.#underWay >= QUESTIONS_UNDER_WAY_MAX) {
      throw new TransientError(
        `Cannot ask '${name}': ${QUESTIONS_UNDER_WAY_MAX} questions are under way already`,
      );
    }
    // The one that answered goes behind the others.
    replies.delete(reply);
    replies.add(reply);
    const answered = answer(question.slice(), reply);
    this.#underWay++;
    try {
      return await within(answered, { clock: this.#clock, timeoutMs, action: `ask '${name}'` });
    } finally {
      this.#underWay--;
    }
  }

  answer(name: string, reply: Reply): Promise<() => void> {
    return Promise.resolve(added(this.#replies, { name, one: (question) => reply(question) }));
  }

  tell(name: string, message: Uint8Array): void {
    checkBytes(name, message);
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const heard of listeners) {
      const own = message.slice();
      queueMicrotask(() => {
        if (listeners.has(heard)) heard(own);
      });
    }
  }

  listen(name: string, heard: Heard): Promise<() => void> {
    return Promise.resolve(added(this.#listeners, { name, one: (message) => heard(message) }));
  }
}

/** Whoever asks waits for its deadline when the answer fails, as over a network. */
async function answer(question: Uint8Array, reply: Reply): Promise<Uint8Array> {
  const bytes = await Promise.resolve().then(() => reply(question)).catch(() => undefined);
  if (bytes === undefined || bytes.length > REQUEST_BYTES_MAX) return await new Promise(() => {});
  return bytes;
}

function checkBytes(name: string, bytes: Uint8Array): void {
  if (bytes.length <= REQUEST_BYTES_MAX) return;
  throw new InvariantViolation(
    `Cannot send ${bytes.length} bytes to '${name}': at most ${REQUEST_BYTES_MAX} are allowed`,
  );
}

function added<T>(
  map: Map<string, Set<T>>,
  { name, one }: { readonly name: string; readonly one: T },
): () => void {
  const known = map.get(name) ?? new Set<T>();
  known.add(one);
  map.set(name, known);
  return () => {
    known.delete(one);
    if (known.size === 0 && map.get(name) === known) map.delete(name);
  };
}
