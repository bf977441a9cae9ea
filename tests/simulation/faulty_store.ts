import {
  type EventStore,
  newId,
  type Random,
  StorageFull,
  TransientError,
} from "../../actors/mod.ts";
import { METADATA } from "../actors/event_store/events.ts";

/** How often each fault strikes one append, from 0 to 1. */
const FAULTS = {
  /** The append never arrived. */
  lostRequest: 0.08,
  /** It was carried out, and nobody was told. */
  lostAnswer: 0.08,
  full: 0.03,
  /** Another node wrote to the stream just before. */
  overtaken: 0.05,
} as const;
/** Turns of the event loop that an append may be late by. */
const LATE_TURNS_MAX = 6;

/** A log that fails as disks, networks and neighbours do, at the will of `random`. */
export function faultyStore(
  inner: EventStore,
  { random, alive }: { readonly random: Random; readonly alive: () => boolean },
): EventStore {
  const strikes = (share: number) => random.next() < share;
  return {
    ...inner,
    async append(stream, events, options) {
      const lateBy = Math.floor(random.next() * LATE_TURNS_MAX);
      for (let turn = 0; turn < lateBy; turn++) await Promise.resolve();
      // A process that was killed does nothing more; nobody hears from it.
      if (!alive()) return await new Promise<never>(() => {});
      if (strikes(FAULTS.lostRequest)) throw new TransientError("Cannot append: request lost");
      if (strikes(FAULTS.full)) throw new StorageFull("Cannot append: the disk is full");
      if (strikes(FAULTS.overtaken)) await writtenByAnother(inner, stream);
      const result = await inner.append(stream, events, options);
      if (strikes(FAULTS.lostAnswer)) throw new TransientError("Cannot append: answer lost");
      return result;
    },
  };
}

/** An event that changes nothing, but moves the stream's revision. */
async function writtenByAnother(inner: EventStore, stream: string): Promise<void> {
  const data = stream.startsWith("messages-") ? new TextEncoder().encode("[]") : {};
  const event = { id: newId(), type: "SomethingElse", data, metadata: METADATA };
  await inner.append(stream, [event], { expectedRevision: "any" });
}
