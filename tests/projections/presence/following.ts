import type { SessionEvent } from "../../../actors/mod.ts";
import {
  presenceProjection,
  type PresenceQueries,
  presenceQueries,
  PresenceStore,
} from "../../../projections/mod.ts";
import { DOMAIN, type Fact, type FactOptions, TestLog, THING } from "../log.ts";

export const thing = { domainId: DOMAIN, thingId: THING };

export interface Following {
  readonly queries: PresenceQueries;
  /** Records these facts of a thing's session one second apart, and follows. */
  tell(...facts: readonly (Fact | readonly [Fact, FactOptions])[]): Promise<void>;
  record(stream: string, fact: Fact, options?: FactOptions): Promise<number>;
}

/** A read model that follows a log of its own. */
export async function withPresence(run: (following: Following) => Promise<void>): Promise<void> {
  const log = new TestLog();
  const store = new PresenceStore(":memory:");
  const follow = () => log.follow({ projection: presenceProjection, readModel: store });
  try {
    await run({
      queries: presenceQueries(store.file),
      async record(stream, fact, options = {}) {
        const position = await log.record(stream, fact, options);
        await follow();
        return position;
      },
      async tell(...facts) {
        for (const each of facts) {
          const [fact, options] = "type" in each ? [each, {}] : each;
          await log.record(`session-${THING}`, fact, options);
        }
        await follow();
      },
    });
  } finally {
    await store.close();
    await log.store.close();
  }
}

export function subscribed(sessionId: string, filter: string): SessionEvent {
  return { type: "SessionSubscribed", data: { domainId: DOMAIN, sessionId, filter, qos: 1 } };
}

type Refused = Extract<SessionEvent, { type: "SessionRefused" }>["data"];

export function refused(sessionId: string, data: Partial<Refused> = {}): SessionEvent {
  return {
    type: "SessionRefused",
    data: {
      domainId: DOMAIN,
      sessionId,
      clientId: "client",
      action: "publish",
      topic: "a/b",
      reason: "not allowed",
      ...data,
    },
  };
}
