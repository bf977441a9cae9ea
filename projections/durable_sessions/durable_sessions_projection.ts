import type { DurableSessionEvent } from "../../actors/mod.ts";
import type { Projection } from "../runner/mod.ts";

/** What one session wrote down of itself, or that there is nothing any more. */
export type DurableSessionWrite =
  & { readonly stream: string }
  & Exclude<DurableSessionEvent, { type: "DurableSessionProgressed" }>;

/** Progress changes nothing that is shown here, and is most of what the streams hold. */
const TYPES: readonly DurableSessionWrite["type"][] = [
  "DurableSessionKept",
  "DurableSessionLost",
  "DurableSessionDiscarded",
];

export const durableSessionsProjection: Projection<DurableSessionWrite> = {
  name: "durable_sessions",
  version: 2,
  streamPrefixes: ["durable-"],
  handles: TYPES,
  project({ stream, type, data }) {
    // The log knows types of events as strings; `handles` lets only these come here.
    return [{ stream, type, data } as unknown as DurableSessionWrite];
  },
};
