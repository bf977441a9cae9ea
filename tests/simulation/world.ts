import {
  ActorRuntime,
  channelKind,
  type EventStore,
  type FrameHandler,
  InProcessMailbox,
  isRejection,
  type Logger,
  ManualClock,
  MessageRecorder,
  newId,
  openInlineEventStore,
  PARTITIONS,
  type Random,
  seededRandom,
  SYSTEM_AUTHORITY,
} from "../../actors/mod.ts";
import { METADATA } from "../actors/event_store/events.ts";
import { faultyStore } from "./faulty_store.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A defect put in on purpose, to see that the simulation finds it. */
export type Defect =
  | "acknowledges before the append"
  | "gives a redelivered batch a new event id"
  | "gives a repeated command a new id";

/** What runs until it is killed: everything of it that is in memory goes then. */
export interface Process {
  readonly runtime: ActorRuntime;
  readonly mailbox: InProcessMailbox;
  /** Rejects when the process is killed: its clients' connections break. */
  readonly broken: Promise<never>;
}

/** One log, one process at a time over it, and time that stands still until it is moved. */
export interface World {
  readonly random: Random;
  readonly clock: ManualClock;
  /** The log itself, without faults. */
  readonly log: EventStore;
  readonly defect: Defect | undefined;
  process: Process;
  /** Kills the process and starts another one. */
  crash(): void;
}

/** A world with the channels that `channelIds` names. */
export async function openWorld(
  seed: number,
  { channelIds, defect }: { readonly channelIds: readonly string[]; readonly defect?: Defect },
): Promise<World> {
  const random = seededRandom(seed);
  const clock = new ManualClock();
  const log = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
  const setup = new ActorRuntime({ store: log, clock, logger: silent, newId });
  for (const id of channelIds) {
    const created = await setup.execute(channelKind, {
      id,
      command: {
        type: "CreateChannel",
        by: SYSTEM_AUTHORITY,
        domainId: METADATA.domainId,
        profile: { name: id },
      },
      context: {
        commandId: newId(),
        correlationId: newId(),
        principal: METADATA.principal,
        edge: METADATA.edge,
        remoteAddress: METADATA.remoteAddress,
      },
    });
    if (isRejection(created)) throw new TypeError(created.message);
  }
  setup.close();
  let kill = () => {};
  const start = (): Process => {
    const started = startProcess({ random, clock, log, defect });
    kill = started.kill;
    return started.process;
  };
  const world: World = {
    random,
    clock,
    log,
    defect,
    process: start(),
    crash() {
      kill();
      world.process = start();
    },
  };
  return world;
}

function startProcess(
  { random, clock, log, defect }: {
    readonly random: Random;
    readonly clock: ManualClock;
    readonly log: EventStore;
    readonly defect: Defect | undefined;
  },
): { readonly process: Process; readonly kill: () => void } {
  let alive = true;
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  const store = faultyStore(log, { random, alive: () => alive });
  const runtime = new ActorRuntime({ store, clock, logger: silent, newId });
  const mailbox = new InProcessMailbox({ clock });
  const recorder = new MessageRecorder({ store, runtime });
  const handler: FrameHandler = defect === "acknowledges before the append"
    ? (frame) => {
      recorder.record(frame).catch(() => undefined);
      return Promise.resolve(frame.sections.map(() => ({ position: 1 })));
    }
    : (frame) => recorder.record(frame);
  for (let partition = 0; partition < PARTITIONS; partition++) mailbox.consume(partition, handler);
  return {
    process: { runtime, mailbox, broken },
    kill() {
      alive = false;
      runtime.close();
      reject(new TypeError("connection lost"));
    },
  };
}
