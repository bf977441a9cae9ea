import type { JetStreamClient } from "@nats-io/jetstream";
import { type KV, type KvEntry, Kvm, KvWatchInclude } from "@nats-io/kv";
import { TransientError } from "../../errors.ts";
import { type Lease, LEASES, type Leases } from "../../nodes/mod.ts";
import { backOffMs, type Logger, pause } from "../../platform/mod.ts";
import { ANSWER_MS } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import { type Names, partitionIn } from "./names.ts";
import { isOvertaken, natsTranslated } from "./nats_errors.ts";

export interface LeasesGround {
  readonly link: NatsLink;
  readonly jetstream: JetStreamClient;
  readonly names: Names;
  readonly replicas: number;
  readonly logger: Logger;
}

/** Leases as keys of a bucket, one a partition; their revisions are the server's own. */
export class KvLeases implements Leases {
  readonly #ground: LeasesGround;
  readonly #bucket: KV;

  private constructor(ground: LeasesGround, bucket: KV) {
    this.#ground = ground;
    this.#bucket = bucket;
  }

  static async open(ground: LeasesGround): Promise<KvLeases> {
    const { jetstream, names, replicas } = ground;
    // Read where it is written: a copy might be behind.
    const bucket = await new Kvm(jetstream).create(names.leases, { replicas, allow_direct: false });
    return new KvLeases(ground, bucket);
  }

  async all(): Promise<readonly Lease[]> {
    return await this.#asked("read the leases", async () => {
      const entries = await Promise.all(
        Array.from(
          { length: LEASES },
          (_, partition) => this.#bucket.get(this.#ground.names.consumerOf(partition)),
        ),
      );
      return entries.flatMap((entry) => entry === null ? [] : leaseOf(entry) ?? []);
    });
  }

  async write(
    { partition, node }: Pick<Lease, "partition" | "node">,
    { revision }: { readonly revision: number },
  ): Promise<Lease | undefined> {
    return await this.#asked(`write the lease of partition ${partition}`, async () => {
      const key = this.#ground.names.consumerOf(partition);
      try {
        const written = await this.#bucket.put(key, node, {
          previousSeq: revision,
          timeout: ANSWER_MS,
        });
        return { partition, node, revision: written };
      } catch (error) {
        if (isOvertaken(error)) return undefined;
        throw error;
      }
    });
  }

  async watch(changed: (lease: Lease) => void): Promise<() => void> {
    const { link } = this.#ground;
    const newest = new Map<number, number>();
    const report = (lease: Lease) => {
      if (lease.revision <= (newest.get(lease.partition) ?? 0)) return;
      newest.set(lease.partition, lease.revision);
      changed(lease);
    };
    const watching = await this.#asked(
      "watch the leases",
      () => this.#bucket.watch({ include: KvWatchInclude.UpdatesOnly }),
    );
    for (const { partition, revision } of await this.all()) {
      newest.set(partition, Math.max(revision, newest.get(partition) ?? 0));
    }
    const deafen = link.listen({ returned: () => void this.#catchUp(report) });
    void this.#tell(watching, report);
    return () => {
      deafen();
      watching.stop();
    };
  }

  /** What was written while the line was down; the client's own watch may begin after it. */
  async #catchUp(report: (lease: Lease) => void): Promise<void> {
    const { closed } = this.#ground.link;
    for (let attempt = 0; !closed.aborted; attempt++) {
      try {
        for (const lease of await this.all()) report(lease);
        return;
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        await pause(backOffMs(attempt), closed);
      }
    }
  }

  async #tell(watching: AsyncIterable<KvEntry>, report: (lease: Lease) => void): Promise<void> {
    try {
      for await (const entry of watching) {
        const lease = leaseOf(entry);
        if (lease !== undefined) report(lease);
      }
    } catch (error) {
      this.#ground.logger.error("watch of leases ended", { error: String(error) });
    }
  }

  async #asked<T>(action: string, asked: () => Promise<T>): Promise<T> {
    const { link } = this.#ground;
    if (!link.up) throw new TransientError(`Cannot ${action}: the line to NATS is down`);
    try {
      return await link.whileUp(asked());
    } catch (cause) {
      throw natsTranslated(action, cause);
    }
  }
}

function leaseOf(entry: KvEntry): Lease | undefined {
  const partition = partitionIn(entry.key, LEASES);
  if (partition === undefined) return undefined;
  return { partition, node: entry.string(), revision: entry.revision };
}
