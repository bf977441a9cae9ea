import { type EventStore, READ_LIMIT_MAX, type RecordedEvent } from "../../../../actors/mod.ts";

export interface OpenedStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** Its clock, by which `$maxAge` is counted, can be set forward. */
export interface TimedStore extends OpenedStore {
  forwardMs(ms: number): void;
}

/** It can be closed and opened again on what it kept. */
export interface LastingStore extends OpenedStore {
  reopened(): Promise<EventStore>;
}

/** Registers one case of the contract, on a store of its own. */
export type Check<T extends OpenedStore = OpenedStore> = (
  says: string,
  run: (opened: T) => Promise<void>,
) => void;

export function checking<T extends OpenedStore>(name: string, open: () => Promise<T>): Check<T> {
  return (says, run) =>
    Deno.test(`${name}: ${says}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });
}

export const all = { limit: READ_LIMIT_MAX } as const;

export function numbers(events: readonly RecordedEvent[]): readonly number[] {
  return events.map(({ data }) => (data as { n: number }).n);
}

export function revisions(events: readonly RecordedEvent[]): readonly number[] {
  return events.map(({ revision }) => revision);
}

export function ids(events: readonly { readonly id: string }[]): readonly string[] {
  return events.map(({ id }) => id);
}
