import { type EventStore, newId, type RecordedEvent } from "../../../actors/mod.ts";

/**
 * A log that takes no event for one that it has already: EventStoreDB knows only the newest ids, and
 * this one none. So whatever is stored once was kept from being stored twice by who wrote it.
 */
export function forgetful(
  inner: EventStore,
  { onConflict }: { readonly onConflict: () => void },
): EventStore {
  /** By the id under which it is stored. */
  const ids = new Map<string, string>();
  const known = (event: RecordedEvent) => ({ ...event, id: ids.get(event.id) ?? event.id });
  return {
    ...inner,
    async append(stream, events, options) {
      const renamed = events.map((event) => {
        const id = newId();
        ids.set(id, event.id);
        return { ...event, id };
      });
      try {
        return await inner.append(stream, renamed, options);
      } catch (error) {
        onConflict();
        throw error;
      }
    },
    readStream: async (...read) => (await inner.readStream(...read)).map(known),
    async readAll(options) {
      const page = await inner.readAll(options);
      return { ...page, events: page.events.map(known) };
    },
  };
}
