import { type EventReader, TransientError } from "../../../actors/mod.ts";
import type { ReadModels } from "../../../projections/mod.ts";
import { DURABLE_COUNT_WAIT_MS, DURABLE_THINGS_REMEMBERED_MAX } from "../limits.ts";

/** What is known of one thing's sessions that outlive their connection. */
interface Taken {
  /** There are no more than this; undefined until they were counted. */
  atMost: number | undefined;
  /** Begun here, ever. */
  begun: number;
  /** Those of them that are in the log, or will not come to be. */
  settled: number;
}

export interface DurablePlacesGround {
  readonly readModels: Pick<ReadModels, "waitFor"> & {
    readonly durableSessions: Pick<ReadModels["durableSessions"], "count">;
  };
  readonly store: Pick<EventReader, "lastPosition">;
  /** The end of the log when this server began. */
  readonly startPosition: number;
}

/**
 * How many sessions that outlive their connection each thing may have. An upper bound is kept in
 * memory and grows with each that begins; ends do not lower it. Where it meets the limit, and at a
 * thing's first, the read model is asked once it has come as far as the log, and what is still on its
 * way to the log is added: so a read model that lags lets nobody in whom it does not know of.
 *
 * Tolerated: while the read model is more than the wait behind, a place that has become free may be
 * refused, and of sessions of before this start only those that it knows count. Another node's new
 * sessions count from the next look on.
 */
export class DurablePlaces {
  readonly max: number;
  readonly #ground: DurablePlacesGround;
  readonly #taken = new Map<string, Taken>();
  #hasForgotten = false;

  /** `max` 0: no limit, and nothing is counted. */
  constructor(ground: DurablePlacesGround, max: number) {
    this.#ground = ground;
    this.max = max;
  }

  /**
   * A place for a session that begins, undefined if the thing has as many as it may. What is returned
   * is to be called once the session is stored, or was given up.
   */
  async take(thingId: string): Promise<(() => void) | undefined> {
    if (this.max === 0) return () => {};
    const taken = this.#of(thingId);
    if (taken.atMost === undefined || taken.atMost >= this.max) {
      const { isKnown, stored, settledBefore } = await this.#look(thingId, taken);
      // From here on nothing waits: others may have looked at the same time. Those that were settled
      // meanwhile may be in both numbers; then the next look finds fewer.
      const counted = stored + taken.begun - settledBefore;
      taken.atMost = isKnown ? counted : Math.max(counted, taken.atMost ?? 0);
    }
    if (taken.atMost >= this.max) return undefined;
    taken.atMost++;
    taken.begun++;
    return () => void taken.settled++;
  }

  async #look(thingId: string, taken: Taken) {
    const { readModels, store, startPosition } = this.#ground;
    const settledBefore = taken.settled;
    const isFirst = taken.atMost === undefined && !this.#hasForgotten;
    const end = isFirst ? startPosition : await store.lastPosition();
    try {
      const isKnown = await readModels.waitFor(end, {
        projections: ["durable_sessions"],
        timeoutMs: DURABLE_COUNT_WAIT_MS,
      });
      const stored = await readModels.durableSessions.count(thingId);
      return { isKnown, stored, settledBefore };
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      // Read models that answer nothing for now must not keep every device out.
      return { isKnown: false, stored: 0, settledBefore };
    }
  }

  #of(thingId: string): Taken {
    const known = this.#taken.get(thingId);
    if (known !== undefined) return known;
    if (this.#taken.size >= DURABLE_THINGS_REMEMBERED_MAX) this.#forgetOne();
    const taken: Taken = { atMost: undefined, begun: 0, settled: 0 };
    this.#taken.set(thingId, taken);
    return taken;
  }

  #forgetOne(): void {
    for (const [thingId, { begun, settled }] of this.#taken) {
      if (begun > settled) continue;
      this.#taken.delete(thingId);
      this.#hasForgotten = true;
      return;
    }
  }
}
