import type { SessionEvent } from "../../actors/mod.ts";
import type { Projection } from "../runner/mod.ts";

/** What says something about a connection: that a session expired says something about none. */
export type PresenceEvent = Exclude<SessionEvent, { type: "SessionExpired" }>;

/** One fact of a session, with where it stands in the log and from where it was reported. */
export interface PresenceWrite {
  readonly domainId: string;
  readonly thingId: string;
  readonly position: number;
  /** Its place in the thing's stream: the number of the session that begins with it. */
  readonly revision: number;
  readonly atMs: number;
  readonly edge: string;
  readonly address: string;
  readonly event: PresenceEvent;
}

const STREAM_PREFIX = "session-";

const TYPES: readonly PresenceEvent["type"][] = [
  "SessionConnected",
  "SessionEnded",
  "SessionSubscribed",
  "SessionUnsubscribed",
  "SessionRefused",
  "SessionMessagesGone",
];

export const presenceProjection: Projection<PresenceWrite> = {
  name: "presence",
  version: 3,
  streamPrefixes: [STREAM_PREFIX],
  handles: TYPES,
  project({ stream, position, revision, metadata, type, data }) {
    return [{
      domainId: metadata.domainId,
      thingId: stream.slice(STREAM_PREFIX.length),
      position,
      revision,
      atMs: metadata.recordedAtMs,
      edge: metadata.edge,
      address: metadata.remoteAddress,
      // The log knows types of events as strings; `handles` lets only these come here.
      event: { type, data } as unknown as PresenceEvent,
    }];
  },
};
