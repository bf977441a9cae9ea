import type { EventReader, RecordedEvent } from "../event_store/mod.ts";

/** Events of one read on the way back to the newest full state. */
const READ_EVENTS = 64;

/** The newest full state of a stream and what follows it, oldest first; empty for an empty stream. */
export async function readKept(
  events: EventReader,
  { stream, isState }: {
    readonly stream: string;
    /** False for an event that only says what changed. */
    readonly isState: (type: string) => boolean;
  },
): Promise<readonly RecordedEvent[]> {
  const newestFirst: RecordedEvent[] = [];
  for (;;) {
    const oldest = newestFirst.at(-1);
    const page = await events.readStream(stream, {
      direction: "backwards",
      limit: newestFirst.length === 0 ? 1 : READ_EVENTS,
      ...(oldest === undefined ? {} : { fromRevision: oldest.revision - 1 }),
    });
    newestFirst.push(...page);
    const last = page.at(-1);
    if (last === undefined || last.revision === 0) break;
    if (page.some(({ type }) => isState(type))) break;
  }
  return newestFirst.reverse();
}
