/** Looked at even without a signal, should one get lost between threads. */
const POLL_MS = 200;

/** Tells the readers of one thread that the log has grown, whichever thread wrote it. */
export class CommitSignal {
  readonly #channel: BroadcastChannel | undefined;
  #waiting: (() => void)[] = [];
  #count = 0;

  /** `path` names the log between threads; without one only this object's own `notify` is heard. */
  constructor(path?: string) {
    if (path === undefined) return;
    this.#channel = new BroadcastChannel(channelName(path));
    this.#channel.onmessage = () => this.notify();
  }

  /** Grows with every signal: read it before the log, and no commit in between is slept through. */
  get count(): number {
    return this.#count;
  }

  notify(): void {
    this.#count++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves once the count is beyond `seen`, after a while, or when `signal` aborts. */
  after(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#count > seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, POLL_MS);
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.push(wake);
    });
  }

  close(): void {
    this.#channel?.close();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

export function channelName(path: string): string {
  return `millrace-log:${path}`;
}
