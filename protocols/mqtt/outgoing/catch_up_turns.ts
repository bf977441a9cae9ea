/** After so long without a break whoever publishes or reads comes first. */
const TURNS_MS = 1.25;
/** How long those have for themselves where many catch up. */
const BREAK_MS = 5;
const MANY = 8;

/** `again`: there is more to do; a promise: when it is settled; `over`: nothing is left. */
export type TurnOutcome = "again" | "over" | Promise<void>;

type Work = () => Promise<{ readonly outcome: TurnOutcome }>;

/**
 * Lets sessions that catch up take turns, so that a thousand that return at once hold up nobody who
 * is there.
 */
export class CatchUpTurns {
  readonly #waiting: Work[] = [];
  #running = false;
  #sessions = 0;

  /** What one session may have on its way of what all may have together. */
  share(limit: { readonly least: number; readonly together: number }): number {
    return Math.max(limit.least, Math.floor(limit.together / Math.max(1, this.#sessions)));
  }

  /** Calls `work` when it is its turn, and again as its outcome says. */
  want(work: Work): void {
    this.#sessions++;
    this.#wait(work);
  }

  #wait(work: Work): void {
    this.#waiting.push(work);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let untilMs = performance.now() + TURNS_MS;
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) {
      this.#goOn(work, (await work()).outcome);
      if (performance.now() < untilMs) continue;
      const breakMs = this.#sessions > MANY ? BREAK_MS : 0;
      await new Promise((resolve) => setTimeout(resolve, breakMs));
      untilMs = performance.now() + TURNS_MS;
    }
    this.#running = false;
  }

  #goOn(work: Work, outcome: TurnOutcome): void {
    if (outcome === "over") this.#sessions--;
    else if (outcome === "again") this.#waiting.push(work);
    else void outcome.then(() => this.#wait(work));
  }
}
