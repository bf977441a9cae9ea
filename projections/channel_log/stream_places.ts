import type { EventReader } from "../../actors/mod.ts";

/** Events of which the positions are remembered, for those that look for the same places. */
const REMEMBERED_MAX = 10_000;

interface Place {
  readonly revision: number;
  readonly position: number;
}

/** Finds where in a stream a position of the log lies: positions rise with revisions. */
export class StreamPlaces {
  readonly #events: EventReader;
  /** By stream and revision: the first event from there on, which never changes once it is there. */
  readonly #known = new Map<string, Place>();
  /** By stream: the newest event that was seen. */
  readonly #newest = new Map<string, Place>();

  constructor(events: EventReader) {
    this.#events = events;
  }

  /**
   * Revision of the first event at `position` or behind it, by bisection. The steps are powers of 2,
   * so that what one search looked at serves the next one, however much the stream has grown.
   */
  async firstRevision(stream: string, position: number): Promise<number> {
    const newest = await this.newest(stream, position);
    if (newest === undefined) return 0;
    if (newest.position < position) return newest.revision + 1;
    let first = 0;
    for (let step = 2 ** Math.floor(Math.log2(newest.revision + 1)); step >= 1; step /= 2) {
      const last = first + step - 1;
      if (last >= newest.revision) continue;
      const event = await this.from(stream, last);
      if (event !== undefined && event.position < position) first = last + 1;
    }
    return first;
  }

  /** The newest event, or one that was it and is at `position` or behind it. */
  async newest(stream: string, position: number): Promise<Place | undefined> {
    const known = this.#newest.get(stream);
    if (known !== undefined && known.position >= position) return known;
    const [newest] = await this.#events.readStream(stream, { limit: 1, direction: "backwards" });
    if (newest !== undefined) remember(this.#newest, { key: stream, place: newest });
    return newest;
  }

  /** The first event at `revision` or behind it; to read one is to unpack a whole batch. */
  async from(stream: string, revision: number): Promise<Place | undefined> {
    const key = `${stream}@${revision}`;
    const known = this.#known.get(key);
    const [place] = known === undefined
      ? await this.#events.readStream(stream, { limit: 1, fromRevision: revision })
      : [known];
    if (place !== undefined) remember(this.#known, { key, place });
    return place;
  }
}

/** The one that was not asked for longest goes; those of large steps are asked for always. */
function remember(
  places: Map<string, Place>,
  { key, place: { revision, position } }: { readonly key: string; readonly place: Place },
): void {
  places.delete(key);
  if (places.size >= REMEMBERED_MAX) places.delete(places.keys().next().value!);
  places.set(key, { revision, position });
}
