import {
  accessProjection,
  type AccessRow,
  AccessStore,
  InMemoryAccessIndex,
} from "../../../projections/mod.ts";
import {
  CHANNEL,
  channelCreated,
  DOMAIN,
  domainCreated,
  type Fact,
  type FactOptions,
  OWNER,
  TestLog,
  THING,
  thingCreated,
  userCreated,
} from "../log.ts";

/** A log, the access read model that follows it, and the index of an edge. */
export interface Indexed {
  readonly log: TestLog;
  readonly store: AccessStore;
  readonly index: InMemoryAccessIndex;
  /** What the read model handed to the index, in order. */
  readonly handed: AccessRow[];
  /** Records these, and follows. */
  tell(...facts: readonly (readonly [string, Fact, FactOptions?])[]): Promise<void>;
}

export const thing = `thing-${THING}`;
export const channel = `channel-${CHANNEL}`;
export const user = `user-${OWNER}`;

export function hashOf(key: string): string {
  return `hash of ${key}`;
}

export async function withIndex(run: (indexed: Indexed) => Promise<void>): Promise<void> {
  const log = new TestLog();
  const index = new InMemoryAccessIndex({ hashKey: hashOf });
  const handed: AccessRow[] = [];
  const store = new AccessStore(":memory:", (rows, position) => {
    handed.push(...rows);
    index.apply(rows, position);
  });
  try {
    await run({
      log,
      store,
      index,
      handed,
      async tell(...facts) {
        for (const [stream, fact, options] of facts) await log.record(stream, fact, options);
        await log.follow({ projection: accessProjection, readModel: store });
      },
    });
  } finally {
    await store.close();
    await log.store.close();
  }
}

/** One thing, one channel, one user, and the thing may publish and subscribe. */
export function withConnection(run: (indexed: Indexed) => Promise<void>): Promise<void> {
  return withIndex(async (indexed) => {
    await indexed.tell(
      [`domain-${DOMAIN}`, domainCreated()],
      [user, userCreated()],
      [thing, thingCreated({ key: { sealed: "sealed", hash: hashOf("key") } })],
      [channel, channelCreated()],
      [thing, connected("publish", "subscribe")],
    );
    await run(indexed);
  });
}

export function connected(...types: readonly ("publish" | "subscribe")[]): Fact {
  return { type: "ThingConnected", data: { channelId: CHANNEL, types } };
}

/** What the thing may do on the channel. */
export function may({ index }: Indexed): readonly [publish: boolean, subscribe: boolean] {
  return [index.mayPublish(THING, CHANNEL), index.maySubscribe(THING, CHANNEL)];
}
