import type { KeptSession, LogPlace } from "./events.ts";
import type { LoadedSession } from "./load.ts";

/** As the index of a message: behind the last one of any batch, with room for one more. */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER - 1;
/** No event lies there: what is asked for is not found, as it would not be found here. */
const NOWHERE = 0;

/** Where another log that holds the same events has the places of this one. */
export interface PlacesElsewhere {
  /** Position there of the event that lies here; undefined if this log has let it go. */
  at(position: number): number | undefined;
  /** Position there of the last event up to here; 0 if there is none. */
  through(position: number): number;
}

/** The same session, as it finds itself again in the other log. */
export function movedSession(
  { session, released }: Pick<LoadedSession, "released"> & { readonly session: KeptSession },
  places: PlacesElsewhere,
): KeptSession {
  const lanes = Object.entries(session.lanes).map(([lane, place]) =>
    [lane, movedThrough(place, places)] as const
  );
  return {
    ...session,
    subscriptions: session.subscriptions.map((each) => ({
      ...each,
      since: places.through(each.since),
    })),
    after: places.through(session.after),
    lanes: Object.fromEntries(lanes),
    inflight: session.inflight.map((each) => ({ ...each, place: movedPlace(each.place, places) })),
    // The events that said it count by the other log, and lie before this state.
    ...(released.length === 0 ? {} : {
      released: released.map(({ packetId, position }) => ({
        packetId,
        position: places.through(position),
      })),
    }),
  };
}

/** Of one message. */
export function movedPlace([position, index]: LogPlace, places: PlacesElsewhere): LogPlace {
  return [places.at(position) ?? NOWHERE, index];
}

/** Up to which message something was done: where that is gone, up to the end of what came before it. */
export function movedThrough([position, index]: LogPlace, places: PlacesElsewhere): LogPlace {
  const there = places.at(position);
  return there === undefined ? [places.through(position), BEHIND_ALL] : [there, index];
}
