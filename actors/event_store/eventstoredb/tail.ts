import { backOffMs, pause } from "../../platform/mod.ts";
import type { EsdbConnection } from "./connection.ts";
import { esdbEvent, isOfLog, positionIn } from "./esdb_event.ts";

/** Looked at even without a signal, while the subscription is away. */
const POLL_MS = 500;

/** Tells that the log has grown, by one subscription to its end. */
export class LogTail {
  readonly #connection: EsdbConnection;
  #following = false;
  #waiting: (() => void)[] = [];
  #count = 0;
  #position = 0;

  constructor(connection: EsdbConnection) {
    this.#connection = connection;
    connection.closed.addEventListener("abort", () => this.#notify(), { once: true });
  }

  /** Grows with every signal: read it before the log, and no event in between is slept through. */
  get count(): number {
    return this.#count;
  }

  /** Of the newest event that came by. */
  get position(): number {
    return this.#position;
  }

  /** Starts at the first question: who only writes needs no subscription. */
  follow(): void {
    if (this.#following) return;
    this.#following = true;
    void this.#run();
  }

  /** Of an append that this process made. */
  grownTo(position: number): void {
    this.#position = Math.max(this.#position, position);
    this.#notify();
  }

  /** Resolves once the count is beyond `seen`, after a while, or when `signal` aborts. */
  async after(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#count > seen || signal.aborted) return;
    const woken = new AbortController();
    const wake = () => woken.abort();
    signal.addEventListener("abort", wake, { once: true });
    this.#waiting.push(wake);
    await pause(POLL_MS, woken.signal);
    signal.removeEventListener("abort", wake);
  }

  #notify(): void {
    this.#count++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #run(): Promise<void> {
    const { closed } = this.#connection;
    for (let attempt = 0; !closed.aborted; attempt++) {
      try {
        const subscription = this.#connection.subscribe({});
        // What came before the server confirmed is not announced: whoever waits looks again.
        subscription.once("confirmation", () => {
          attempt = 0;
          this.#notify();
        });
        for await (const resolved of subscription) {
          const event = esdbEvent(resolved);
          if (isOfLog(event)) this.grownTo(positionIn(event));
        }
      } catch {
        // Whatever ended it, the poll goes on meanwhile, and a read says what is wrong.
      }
      await pause(backOffMs(attempt), closed);
    }
  }
}
