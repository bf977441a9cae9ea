import {
  type Clock,
  type EventStore,
  loadSharedSubscription,
  type Logger,
  type Requests,
  type SharedKey,
  TransientError,
} from "../../../actors/mod.ts";
import type { ChannelLog, LiveFeed } from "../../../projections/mod.ts";
import {
  SHARED_AGAIN_MS,
  SHARED_GRACE_MS,
  SHARED_LOOK_MS,
  SHARED_NODE_AWAY_SECONDS,
  SHARED_SILENCE_MS,
} from "../limits.ts";
import { CatchUpTurns, type SharedGroup, SharedGroups } from "../outgoing/mod.ts";
import { HostedEdge } from "./hosted_edge.ts";
import type { GroupLoad } from "./remote_member.ts";
import { decoded, encoded, hostName, HOSTS, type Report, type ReportAnswer } from "./wire.ts";

/** What a host of groups stands on: no edge of its own. */
export interface SharedHostGround {
  readonly requests: Requests;
  /** Must be told what any node records. */
  readonly liveFeed: LiveFeed;
  readonly channelLog: ChannelLog;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Every stored message up to it has been handed to the live feed. */
  readonly deliveredThrough: () => number;
}

/** The groups of one partition, from the moment in which this node has it to the one in which it gives it away. */
export class HostedPartition {
  readonly #ground: SharedHostGround;
  readonly #partition: number;
  readonly #sinceMs: number;
  /** Tells this host from the one before it. */
  readonly #epoch: string;
  readonly #groups: SharedGroups;
  readonly #loads = new WeakMap<SharedGroup, GroupLoad>();
  readonly #edges = new Map<string, HostedEdge>();
  readonly #answering: Promise<(() => void) | undefined>;
  #isOver = false;
  #cancelLook = () => {};

  constructor(
    ground: SharedHostGround & { readonly turns: CatchUpTurns },
    { partition, onLost }: {
      readonly partition: number;
      /** Another node writes what this one did: what is kept must be read again. */
      readonly onLost: () => void;
    },
  ) {
    this.#ground = ground;
    this.#partition = partition;
    this.#sinceMs = ground.clock.nowMs();
    this.#epoch = ground.newId();
    this.#groups = new SharedGroups({
      ...ground,
      // Who had a connection when the host before this one was gone has it still.
      startedMs: this.#sinceMs,
      opensAfter: (key) => this.#gathered(key),
      onLost,
    });
    this.#answering = this.#answerFor();
    this.#look();
  }

  /** Resolves when the next owner of the partition finds all that it must. Never rejects. */
  async handOver(): Promise<void> {
    this.#isOver = true;
    this.#cancelLook();
    const end = await this.#answering;
    end?.();
    await Promise.all(this.#edges.values().map((edge) => edge.stop()));
    await this.#groups.handOver();
  }

  async #answerFor(): Promise<(() => void) | undefined> {
    const { requests, clock, logger } = this.#ground;
    const name = hostName(this.#partition);
    while (!this.#isOver) {
      try {
        const end = await requests.answer(name, (question) => this.#answer(question));
        requests.tell(HOSTS, encoded(this.#partition));
        return end;
      } catch (error) {
        logger.warn("shared subscriptions not answered for", { error: String(error) });
        await new Promise<void>((resolve) => clock.schedule(SHARED_AGAIN_MS, resolve));
      }
    }
    return undefined;
  }

  // deno-lint-ignore require-await -- what it throws must reach whoever asks as a failed answer
  async #answer(question: Uint8Array): Promise<Uint8Array> {
    if (this.#isOver) throw new TransientError("Cannot answer: the partition is handed over");
    const report = decoded<Report>(question);
    const edge = this.#edge(report.node);
    edge.heardMs = this.#ground.clock.nowMs();
    if (report.epoch === this.#epoch) edge.take(report);
    const answer: ReportAnswer = { epoch: this.#epoch, members: edge.members };
    return encoded(answer);
  }

  #edge(node: string): HostedEdge {
    const known = this.#edges.get(node);
    if (known !== undefined) return known;
    const edge = new HostedEdge({
      ...this.#ground,
      groups: this.#groups,
      epoch: this.#epoch,
      loadOf: (group) => this.#loadOf(group),
    }, node);
    this.#edges.set(node, edge);
    return edge;
  }

  #loadOf(group: SharedGroup): GroupLoad {
    const known = this.#loads.get(group);
    if (known !== undefined) return known;
    const load = { underWay: 0 };
    this.#loads.set(group, load);
    return load;
  }

  /** Lets nodes go that say nothing. */
  #look(): void {
    const { clock } = this.#ground;
    const nowMs = clock.nowMs();
    for (const [node, edge] of this.#edges) {
      const silentMs = nowMs - edge.heardMs;
      if (edge.members > 0 && silentMs > SHARED_SILENCE_MS) edge.drop();
      // What it reported is known until it cannot come a second time.
      if (silentMs > SHARED_NODE_AWAY_SECONDS * 1_000) this.#edges.delete(node);
    }
    this.#cancelLook = clock.schedule(SHARED_LOOK_MS, () => this.#look());
  }

  /** Its nodes say what their members have before anything goes out a second time. */
  async #gathered(key: SharedKey): Promise<void> {
    const { store, clock } = this.#ground;
    const waitMs = () => this.#sinceMs + SHARED_GRACE_MS - clock.nowMs();
    if (waitMs() <= 0) return;
    const isNew = await loadSharedSubscription(store, key).then(({ kept }) => kept === undefined)
      // It is read again when it is needed.
      .catch(() => false);
    const leftMs = waitMs();
    if (isNew || leftMs <= 0) return;
    await new Promise<void>((resolve) => clock.schedule(leftMs, resolve));
  }
}
