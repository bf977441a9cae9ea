import {
  type ActorKind,
  ActorRuntime,
  type CommandContext,
  CommandDesk,
  type EventStore,
  type Executed,
  InProcessRequests,
  ManualClock,
  newId,
  openInlineEventStore,
  partitionOf,
  reject,
  type Rejection,
  type Requests,
  RoutedCommands,
  silentLogger,
} from "../../../actors/mod.ts";
import { METADATA } from "../event_store/events.ts";

/** A counter: the smallest kind of actor that there is. */
export interface Counter {
  readonly sum: number;
}
type Count = { readonly type: "Add"; readonly by: number };
type Counted = { readonly type: "Added"; readonly data: { readonly by: number } };

export const counter: ActorKind<Count, Counted, Counter> = {
  category: "counter",
  decider: {
    initialState: { sum: 0 },
    decide: ({ by }, { sum }) =>
      sum + by < 0
        ? reject("invalid", "Cannot add: the sum would be less than 0", "by")
        : by === 0
        ? []
        : [{ type: "Added", data: { by } }],
    evolve: ({ sum }, { data }) => ({ sum: sum + data.by }),
  },
  schemaVersions: {},
  snapshotVersion: 1,
  domainOf: () => METADATA.domainId,
};

export const ID = "0192f0c4-0000-7000-8000-000000000001";
export const PARTITION = partitionOf(ID);

/** A node over the common log, with the partitions that the test gives it. */
export interface TestNode {
  readonly commands: RoutedCommands;
  readonly desk: CommandDesk;
  readonly runtime: ActorRuntime;
  /** What its leases say. */
  readonly believes: Set<number>;
  take(partition?: number): void;
  giveBack(partition?: number): Promise<void>;
}

export interface TestCluster {
  readonly clock: ManualClock;
  readonly log: EventStore;
  readonly requests: InProcessRequests;
  node(through?: Partial<Through>): TestNode;
  close(): Promise<void>;
}

/** What stands between a node and what it stands on. */
interface Through {
  readonly log: (inner: EventStore) => Partial<EventStore>;
  readonly requests: (inner: Requests) => Partial<Requests>;
}

export function openCluster(): TestCluster {
  const clock = new ManualClock();
  const log = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
  const inner = new InProcessRequests({ clock });
  const runtimes: ActorRuntime[] = [];
  return {
    clock,
    log,
    requests: inner,
    node(through = {}) {
      const store = { ...log, ...through.log?.(log) };
      const requests: Requests = {
        ask: (name, question, options) => inner.ask(name, question, options),
        answer: (name, reply) => inner.answer(name, reply),
        tell: (name, message) => inner.tell(name, message),
        listen: (name, heard) => inner.listen(name, heard),
        ...through.requests?.(inner),
      };
      const runtime = new ActorRuntime({ store, clock, logger: silentLogger, newId });
      runtimes.push(runtime);
      const believes = new Set<number>();
      const desk = new CommandDesk({
        requests,
        runtime,
        kinds: [counter],
        owns: (partition) => believes.has(partition),
        clock,
        logger: silentLogger,
      });
      return {
        runtime,
        desk,
        believes,
        commands: new RoutedCommands({ requests, past: store, clock, desk }),
        take(partition = PARTITION) {
          believes.add(partition);
          desk.acquired(partition);
        },
        async giveBack(partition = PARTITION) {
          believes.delete(partition);
          await desk.released(partition);
        },
      };
    },
    async close() {
      for (const runtime of runtimes) runtime.close();
      await log.close();
    },
  };
}

export function context(commandId = newId()): CommandContext {
  return {
    commandId,
    correlationId: newId(),
    principal: { kind: "system", id: "test" },
    edge: "system",
    remoteAddress: "local",
  };
}

export const add = (
  node: Pick<TestNode, "commands">,
  by: number,
  { id = ID, commandId = newId() } = {},
): Promise<Executed | Rejection> =>
  node.commands.execute(counter, { id, command: { type: "Add", by }, context: context(commandId) });

/** Lets everything happen that needs no time. */
export async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** Moves time until the work is done. */
export async function passing<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const settled = work.finally(() => done = true);
  settled.catch(() => undefined);
  for (let step = 0; step < 10_000 && !done; step++) {
    await turns();
    if (!done) clock.advance(10);
  }
  return await settled;
}
