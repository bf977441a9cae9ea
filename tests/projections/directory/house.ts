import type { PersonalProfile } from "../../../actors/mod.ts";
import {
  type DirectoryFilter,
  type DirectoryPage,
  directoryProjection,
  type DirectoryQueries,
  directoryQueries,
  DirectoryStore,
  type EntityKind,
} from "../../../projections/mod.ts";
import { DOMAIN, type Fact, type FactOptions, TestLog } from "../log.ts";

/** A log, and the directory that follows it. */
export interface Directory {
  readonly log: TestLog;
  readonly queries: DirectoryQueries;
  /** Persons whose key was erased. */
  readonly erased: Set<string>;
  /** Records these one second apart, and follows; answers the position of each. */
  tell(
    ...facts: readonly (readonly [string, Fact, FactOptions?])[]
  ): Promise<readonly number[]>;
}

/** A person is sealed here as JSON; what the directory is about is that it opens it. */
export function sealed(profile: PersonalProfile): string {
  return JSON.stringify(profile);
}

export async function withDirectory(run: (directory: Directory) => Promise<void>): Promise<void> {
  const log = new TestLog();
  const erased = new Set<string>();
  const store = new DirectoryStore(":memory:", {
    openPersonal: (userId, text) =>
      erased.has(userId) ? undefined : JSON.parse(text) as PersonalProfile,
    learnPersons: () => Promise.resolve(),
  });
  try {
    await run({
      log,
      erased,
      queries: directoryQueries(store.file),
      async tell(...facts) {
        const positions: number[] = [];
        for (const [stream, fact, options] of facts) {
          positions.push(await log.record(stream, fact, options));
        }
        await log.follow({ projection: directoryProjection, readModel: store });
        return positions;
      },
    });
  } finally {
    await store.close();
    await log.store.close();
  }
}

export interface Listing {
  readonly filter?: Partial<DirectoryFilter>;
  readonly page?: Partial<DirectoryPage>;
}

/** The ids that a list holds, in its order, and its total. */
export function listed(
  { queries }: Directory,
  kind: EntityKind,
  { filter = {}, page = {} }: Listing = {},
): { readonly total: number; readonly ids: readonly string[] } {
  const { total, items } = queries.list(kind, {
    filter: { domainId: DOMAIN, ...filter },
    page: { order: "id", direction: "asc", offset: 0, limit: 100, ...page },
  });
  return { total, ids: items.map(({ id }) => id) };
}
