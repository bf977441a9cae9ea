import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { InvariantViolation, TransientError } from "../../errors.ts";
import {
  backOffMs,
  type EngineStatus,
  type Logger,
  pause,
  settledWithin,
} from "../../platform/mod.ts";
import {
  type FrameHandler,
  type MailboxFrame,
  PARTITIONS,
  type RecordedFollower,
  type SharedMailbox,
} from "../mailbox.ts";
import { type ConsumeGround, PartitionConsumer, type Waiting } from "./consuming.ts";
import { Following } from "./following.ts";
import type { NatsLink } from "./link.ts";
import type { Names } from "./names.ts";
import { natsTranslated } from "./nats_errors.ts";
import { OverviewTelling } from "./overview.ts";
import { Posting } from "./posting.ts";
import { SetAside } from "./setting_aside.ts";

/** Longest time between two looks at how far a partition is. */
const LOOK_MS_MAX = 250;

export interface MailboxGround {
  readonly link: NatsLink;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly names: Names;
  readonly logger: Logger;
  /** What is weaker than it could be. */
  readonly warnings: readonly string[];
  /** Without it idle partitions are not told: for nodes that consume nothing. */
  readonly logEnd?: () => Promise<number>;
}

export interface JetStreamStatus extends EngineStatus {
  readonly warnings: readonly string[];
  /** Partitions of this node that wait for another engine. */
  readonly waiting: readonly Waiting[];
}

/** The mailbox of an installation in JetStream, as one node sees it. */
export class JetStreamMailbox implements SharedMailbox {
  readonly #ground: MailboxGround;
  readonly #consuming: ConsumeGround;
  readonly #posting: Posting;
  readonly #consumers = new Map<number, PartitionConsumer>();
  readonly #followings = new Set<Following>();
  readonly #overview: OverviewTelling | undefined;
  readonly #deafen: () => void;
  #closed = false;

  constructor(ground: MailboxGround) {
    this.#ground = ground;
    this.#posting = new Posting(ground);
    this.#consuming = { ...ground, setAside: new SetAside(ground) };
    const { logEnd } = ground;
    this.#overview = logEnd === undefined
      ? undefined
      : new OverviewTelling({ ...ground, logEnd, consumers: () => this.#consumers.values() });
    this.#deafen = ground.link.listen({
      returned: () => {
        for (const consumer of this.#consumers.values()) consumer.lineReturned();
        this.#overview?.lineReturned();
      },
    });
  }

  /** `lag` is the number of frames that wait, of all partitions. */
  async status(): Promise<JetStreamStatus> {
    const { link, manager, names, warnings, logger } = this.#ground;
    const version = link.connection.info?.version ?? "";
    const known = { engine: "jetstream", version, waiting: this.waiting(), warnings };
    if (!link.up || link.closed.aborted) {
      return { ...known, state: "away", reason: `no server of '${link.hosts}' answers` };
    }
    try {
      const streams = await link.whileUp(
        Promise.all(names.mailboxes.map((name) => manager.streams.info(name))),
      );
      const lag = streams.reduce((sum, { state: { messages } }) => sum + messages, 0);
      return { ...known, state: "up", lag };
    } catch (error) {
      logger.debug("mailbox cannot be asked", { error: String(error) });
      return { ...known, state: "away", reason: `JetStream at '${link.hosts}' does not answer` };
    }
  }

  async post(frame: MailboxFrame): Promise<Record<never, never>> {
    checkPartition(frame.partition);
    if (this.#closed) {
      throw new TransientError(`Cannot post frame '${frame.id}': the mailbox is closed`);
    }
    await this.#posting.post(frame);
    return {};
  }

  consume(partition: number, handler: FrameHandler): () => Promise<void> {
    checkPartition(partition);
    if (this.#consumers.has(partition)) {
      throw new InvariantViolation(
        `Cannot consume partition ${partition}: it has a consumer already`,
      );
    }
    const consumer = new PartitionConsumer(this.#consuming, { partition, handler });
    this.#consumers.set(partition, consumer);
    return async () => {
      await consumer.end();
      if (this.#consumers.get(partition) === consumer) this.#consumers.delete(partition);
    };
  }

  async follow(follower: RecordedFollower): Promise<() => void> {
    try {
      const following = await Following.start(this.#ground, follower);
      this.#followings.add(following);
      return () => {
        this.#followings.delete(following);
        following.stop();
      };
    } catch (cause) {
      throw natsTranslated("follow what is recorded", cause);
    }
  }

  async handled(
    partition: number,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<void> {
    checkPartition(partition);
    const { link, manager, names } = this.#ground;
    const untilMs = performance.now() + timeoutMs;
    let last: number | undefined;
    for (let attempt = 0;; attempt++) {
      let failure: Error | undefined;
      try {
        if (last === undefined) {
          await settledWithin(this.#posting.settled(partition), {
            ms: untilMs - performance.now(),
          });
          last = await link.whileUp(this.#lastOf(partition));
        }
        if (last === 0) return;
        const { ack_floor: floor } = await link.whileUp(
          manager.consumers.info(names.streamOf(partition), names.consumerOf(partition)),
        );
        if (floor.stream_seq >= last) return;
      } catch (cause) {
        failure = natsTranslated(`ask how far partition ${partition} is`, cause);
      }
      const waitMs = Math.min(LOOK_MS_MAX, backOffMs(attempt) / 10);
      if (performance.now() + waitMs > untilMs || link.closed.aborted) {
        throw failure ?? new TransientError(
          `Cannot wait longer than ${timeoutMs} ms: partition ${partition} is not handled up to ${last}`,
        );
      }
      await pause(waitMs, link.closed);
    }
  }

  /** Partitions that wait for an engine, with the reason. */
  waiting(): readonly Waiting[] {
    return [...this.#consumers.values()].flatMap(({ waiting }) => waiting ?? []);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#posting.allSettled();
  }

  /** Ends all that a caller left open. */
  async end(): Promise<void> {
    await this.close();
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.end()));
    await this.#overview?.end();
    for (const following of this.#followings) following.stop();
    this.#deafen();
  }

  /** Sequence of the newest frame of the partition that is not acknowledged; 0 if all are. */
  async #lastOf(partition: number): Promise<number> {
    const { manager, names } = this.#ground;
    const newest = await manager.streams.getMessage(names.streamOf(partition), {
      last_by_subj: names.mailboxOf(partition),
    });
    return newest?.seq ?? 0;
  }
}

function checkPartition(partition: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < PARTITIONS) return;
  throw new InvariantViolation(`Cannot find partition ${partition}: there are ${PARTITIONS}`);
}
