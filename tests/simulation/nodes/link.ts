import { type Leases, type ManualClock, type Random, TransientError } from "../../../actors/mod.ts";
import type { NodeClock } from "./node_clock.ts";

/** How often something befalls one call, from 0 to 1. */
const LOST_SHARE = 0.01;
const LATE_SHARE = 0.01;
/** One way of a call, and of one that is late: longer than anybody waits for it. */
const WAY_MS_MAX = 30;
const LATE_MS_MAX = 4_000;

export interface Link {
  /** Nothing passes. */
  cut: boolean;
  /** Nothing is lost or late. */
  calm: boolean;
}

export interface Ends {
  readonly world: ManualClock;
  readonly random: Random;
  readonly clock: NodeClock;
  readonly link: Link;
}

/** Leases at the other end of a network, as one node reaches them. */
export function linkedLeases(inner: Leases, ends: Ends): Leases {
  return {
    all: () => called(ends, () => inner.all()),
    write: (lease, options) => called(ends, () => inner.write(lease, options)),
    watch(changed) {
      const { world, random, clock, link } = ends;
      let lastMs = 0;
      return inner.watch((lease) => {
        // What is told stays in order, or is not told.
        lastMs = Math.max(lastMs, world.nowMs() + wayMs(ends));
        if (!link.calm && random.next() < LOST_SHARE) return;
        world.schedule(lastMs - world.nowMs(), () => {
          if (!link.cut) clock.run(() => changed(lease));
        });
      });
    },
  };
}

/** A call over the network: late, lost on its way there, or on its way back. */
export function called<T>(ends: Ends, work: () => Promise<T>): Promise<T> {
  const { world, random, clock, link } = ends;
  const lost = () => link.cut || (!link.calm && random.next() < LOST_SHARE);
  return new Promise((resolve, reject) => {
    const fail = () =>
      clock.schedule(500, () => reject(new TransientError("Cannot ask: no answer")));
    world.schedule(wayMs(ends), () => {
      if (lost()) return fail();
      work().then(
        (answer) => {
          world.schedule(wayMs(ends), () => {
            if (lost()) fail();
            else clock.run(() => resolve(answer));
          });
        },
        (error) => clock.run(() => reject(error)),
      );
    });
  });
}

function wayMs({ random, link }: Ends): number {
  const late = !link.calm && random.next() < LATE_SHARE;
  return 1 + random.next() * (late ? LATE_MS_MAX : WAY_MS_MAX);
}
