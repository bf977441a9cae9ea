import type { Lease, Leases } from "../leases.ts";

/** Leases of nodes that live in one process: one object for all of them. */
export class InProcessLeases implements Leases {
  readonly #leases = new Map<number, Lease>();
  readonly #watchers = new Set<(lease: Lease) => void>();
  #revision = 0;

  all(): Promise<readonly Lease[]> {
    return Promise.resolve([...this.#leases.values()]);
  }

  write(
    { partition, node }: Pick<Lease, "partition" | "node">,
    { revision }: { readonly revision: number },
  ): Promise<Lease | undefined> {
    const current = this.#leases.get(partition)?.revision ?? 0;
    if (current !== revision) return Promise.resolve(undefined);
    const lease: Lease = { partition, node, revision: ++this.#revision };
    this.#leases.set(partition, lease);
    // In a later turn, as from a server: no watcher runs inside another node's write.
    for (const changed of this.#watchers) {
      queueMicrotask(() => {
        if (this.#watchers.has(changed)) changed(lease);
      });
    }
    return Promise.resolve(lease);
  }

  watch(changed: (lease: Lease) => void): Promise<() => void> {
    // The same function may watch twice, and end once.
    const watcher = (lease: Lease) => changed(lease);
    this.#watchers.add(watcher);
    return Promise.resolve(() => void this.#watchers.delete(watcher));
  }
}
