import {
  ActorRuntime,
  channelKind,
  CommandDesk,
  type EventStore,
  InvariantViolation,
  type Leases,
  type ManualClock,
  MessageRecorder,
  newId,
  PartitionOwner,
  type Random,
  type Requests,
  RoutedCommands,
  silentLogger,
  TransientError,
} from "../../../actors/mod.ts";
import type { KeptLine } from "./line.ts";
import { called, type Ends, type Link, linkedLeases } from "./link.ts";
import { NodeClock } from "./node_clock.ts";

/** How often an acknowledgement of a frame is lost, from 0 to 1. */
const UNACKNOWLEDGED_SHARE = 0.1;
const IDLE_MS = 100;

/** What all nodes of one installation share. */
export interface Installation {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly leases: Leases;
  readonly requests: Requests;
  readonly log: EventStore;
  /** By partition. */
  readonly lines: ReadonlyMap<number, KeptLine>;
  /** Something that must never be was seen. */
  wrong(error: unknown): void;
}

/** A simulated node with everything real but its network and its clock. */
export class PlatformNode {
  readonly clock: NodeClock;
  /** To the leases and to other nodes; the log and the mailbox have ways of their own. */
  readonly link: Link = { cut: false, calm: false };
  readonly toLog: Link = { cut: false, calm: false };
  readonly owner: PartitionOwner;
  readonly commands: RoutedCommands;
  stopping = false;
  readonly #installation: Installation;
  readonly #recorder: MessageRecorder;
  readonly #runtime: ActorRuntime;
  readonly #consumers = new Map<number, Consumer>();

  constructor(installation: Installation, options: { readonly id: string; readonly rate: number }) {
    const { clock: world, random } = installation;
    this.#installation = installation;
    this.clock = new NodeClock(world, { rate: options.rate });
    const { clock } = this;
    const ends = { world, random, clock, link: this.link };
    const store = linkedStore(installation.log, { ...ends, link: this.toLog });
    const requests = linkedRequests(installation.requests, ends);
    this.#runtime = new ActorRuntime({ store, clock, logger: silentLogger, newId });
    this.#recorder = new MessageRecorder({ store, runtime: this.#runtime });
    const desk = new CommandDesk({
      requests,
      runtime: this.#runtime,
      kinds: [channelKind],
      owns: (partition) => this.owner.owns(partition),
      clock,
      logger: silentLogger,
    });
    this.commands = new RoutedCommands({ requests, past: store, clock, desk });
    this.owner = new PartitionOwner({
      leases: linkedLeases(installation.leases, ends),
      clock,
      logger: silentLogger,
      node: options.id,
      work: {
        acquired: (partition) => {
          desk.acquired(partition);
          this.#consume(partition);
        },
        released: async (partition) => {
          const consumer = this.#consumers.get(partition);
          await Promise.all([desk.released(partition), consumer?.end()]);
        },
      },
    });
    void this.owner.start();
  }

  get alive(): boolean {
    return this.clock.alive;
  }

  kill(): void {
    this.clock.kill();
    this.#runtime.close();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.owner.stop();
    this.kill();
  }

  #consume(partition: number): void {
    const line = this.#installation.lines.get(partition);
    if (line === undefined) return;
    const consumer = new Consumer();
    this.#consumers.set(partition, consumer);
    consumer.done = this.#handle(partition, line, consumer);
  }

  async #handle(partition: number, line: KeptLine, consumer: Consumer): Promise<void> {
    const { random, wrong } = this.#installation;
    for (let at = line.floor; !consumer.ended;) {
      const frame = line.frames[at];
      if (frame === undefined || !this.owner.owns(partition)) {
        await new Promise<void>((resolve) => this.clock.schedule(IDLE_MS, resolve));
        // What was not acknowledged comes again.
        if (frame === undefined) at = line.floor;
        continue;
      }
      try {
        const outcomes = await this.#recorder.record(frame);
        const refused = outcomes.find(({ rejection }) => rejection !== undefined);
        if (refused !== undefined) wrong(new InvariantViolation(refused.rejection!.message));
        if (random.next() >= UNACKNOWLEDGED_SHARE) line.acknowledge(at);
        at++;
      } catch (error) {
        if (!(error instanceof TransientError)) return wrong(error);
        await new Promise<void>((resolve) => this.clock.schedule(IDLE_MS, resolve));
      }
    }
  }
}

class Consumer {
  ended = false;
  done: Promise<void> = Promise.resolve();

  async end(): Promise<void> {
    this.ended = true;
    await this.done;
  }
}

function linkedStore(inner: EventStore, ends: Ends): EventStore {
  return {
    ...inner,
    append: (...args) => called(ends, () => inner.append(...args)),
    readStream: (...args) => called(ends, () => inner.readStream(...args)),
    readSnapshot: (...args) => called(ends, () => inner.readSnapshot(...args)),
  };
}

function linkedRequests(inner: Requests, ends: Ends): Requests {
  const { clock } = ends;
  return {
    ask: (name, question, options) => called(ends, () => inner.ask(name, question, options)),
    answer: (name, reply) =>
      // Who was killed answers no more, but nobody knows yet that it will not.
      inner.answer(
        name,
        (question) => new Promise((resolve) => clock.run(() => resolve(reply(question)))),
      ),
    tell: (name, message) => inner.tell(name, message),
    listen: (name, heard) => inner.listen(name, heard),
  };
}
