import type { EventStore, OpenSecrets, PersonalProfile } from "../../../actors/mod.ts";
import type { EsdbServer } from "../../support/esdb_server/mod.ts";
import { openServed, openStore } from "../event_store/eventstoredb/opened.ts";
import { withNodes } from "./folders.ts";

export const personId = (n: number): string =>
  `a0000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
export const profile = (n: number): PersonalProfile => ({
  email: `person-${n}@example.com`,
  name: `Person ${n}`,
});
export const ANN = personId(1);

export interface Node {
  readonly folder: string;
  readonly key: string;
  readonly store: EventStore;
  readonly secrets: OpenSecrets;
}

export interface Cluster {
  readonly key: string;
  readonly server: EsdbServer;
  /** Data folders that no node uses yet. */
  readonly folders: readonly string[];
  /** On a connection of its own, as a process has. */
  node(folder: string, key?: string): Promise<Node>;
}

/** Nodes of one installation around a server. */
export async function withCluster(run: (cluster: Cluster) => Promise<void>): Promise<void> {
  const { server, close } = await openServed();
  const stores: EventStore[] = [];
  try {
    await withNodes(({ folders, key, open }) =>
      run({
        key,
        server,
        folders,
        async node(folder, installationKey = key) {
          const store = await openStore(server);
          stores.push(store);
          const secrets = open(folder, { installationKey, sharedLog: store });
          return { folder, key: installationKey, store, secrets };
        },
      }), 3);
  } finally {
    for (const store of stores) await store.close();
    await close();
  }
}

/** What this node opens, once it has looked for the person's key. */
export async function opened({ secrets }: Node, userId: string, sealed: string): Promise<unknown> {
  await secrets.learnPersons([userId]);
  return secrets.openPersonal(userId, sealed);
}
