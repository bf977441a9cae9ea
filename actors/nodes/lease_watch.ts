import { TransientError } from "../errors.ts";
import type { Clock, Logger } from "../platform/mod.ts";
import { within } from "./deadline.ts";
import { LeaseView } from "./lease_view.ts";
import type { Leases } from "./leases.ts";
import { FRESH_MS, LEASES_ANSWER_MS, RENEW_AGAIN_MS, RENEW_MS } from "./limits.ts";

export interface LeaseWatchGround {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something was seen. */
  readonly changed: () => void;
}

/** Keeps a view of the leases: as others write them, and by reading all again and again. */
export class LeaseWatch {
  readonly view: LeaseView;
  readonly #ground: LeaseWatchGround;
  #reading: Promise<void> | undefined;
  #readAtMs = 0;
  #watching = false;
  #endWatch: (() => void) | undefined;
  #reachable = true;
  #ended = false;

  constructor(ground: LeaseWatchGround) {
    this.#ground = ground;
    this.view = new LeaseView(ground.clock);
  }

  /** Whether what is seen is recent enough to take something because of it. */
  get fresh(): boolean {
    return this.#ground.clock.nowMs() - this.view.readMs <= FRESH_MS;
  }

  readIfDue(): void {
    if (this.#ground.clock.nowMs() >= this.#readAtMs) void this.read();
  }

  /** A write was refused: what was seen is out of date. */
  doubt(partition: number): void {
    this.view.doubt(partition);
    // Once more behind the read that may be under way already.
    this.#readAtMs = this.#ground.clock.nowMs();
    void this.read();
  }

  /** Never rejects: it is tried again when it is due. */
  read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  /** Tells the operator once that the leases cannot be had. */
  failed(error: unknown): void {
    const { logger } = this.#ground;
    if (!(error instanceof TransientError)) {
      logger.error("leases failed", { error: String(error) });
    } else if (this.#reachable && !this.#ended) {
      logger.warn("leases not reached", { error: error.message });
    }
    this.#reachable = false;
  }

  end(): void {
    this.#ended = true;
    this.#endWatch?.();
  }

  async #readAll(): Promise<void> {
    const { leases, clock, logger, changed } = this.#ground;
    this.#readAtMs = clock.nowMs() + RENEW_MS;
    if (!this.#watching) void this.#watch();
    try {
      const timeoutMs = LEASES_ANSWER_MS;
      const all = await within(leases.all(), { clock, timeoutMs, action: "read the leases" });
      this.view.seeAll(all);
      if (!this.#reachable) logger.info("leases reached again");
      this.#reachable = true;
    } catch (error) {
      this.failed(error);
      this.#readAtMs = clock.nowMs() + RENEW_AGAIN_MS;
    }
    changed();
  }

  /** What it does not tell is found by reading, only later. */
  async #watch(): Promise<void> {
    this.#watching = true;
    try {
      this.#endWatch = await this.#ground.leases.watch((lease) => {
        this.view.see(lease);
        this.#ground.changed();
      });
      if (this.#ended) this.#endWatch();
    } catch (error) {
      this.#watching = false;
      this.failed(error);
    }
  }
}
