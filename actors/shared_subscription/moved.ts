import { movedPlace, movedThrough, type PlacesElsewhere } from "../durable_session/mod.ts";
import type { SharedSubscriptionEvent } from "./events.ts";
import type { LoadedSharedSubscription } from "./load.ts";

/** What says the same of a shared subscription in another log; nothing if nothing is kept. */
export function movedSubscription(
  { kept, reached }: LoadedSharedSubscription,
  places: PlacesElsewhere,
): readonly SharedSubscriptionEvent[] {
  if (kept === undefined) return [];
  const state = {
    ...kept,
    next: movedThrough(kept.next, places),
    owed: kept.owed.map((each) => ({ ...each, place: movedPlace(each.place, places) })),
  };
  const [position] = reached;
  return [
    { type: "SharedSubscriptionKept", data: state },
    ...(position === 0 ? [] : [
      {
        type: "SharedSubscriptionReached",
        data: { place: movedThrough(reached, places) },
      } as const,
    ]),
  ];
}
