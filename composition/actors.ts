import {
  ActorRuntime,
  channelKind,
  claimKind,
  CommandDesk,
  type CommandGateway,
  domainKind,
  type FrameHandler,
  type Mailbox,
  MessageRecorder,
  monotonicClock,
  newId,
  PartitionOwner,
  PARTITIONS,
  type PartitionWork,
  RoutedCommands,
  systemClock,
  thingKind,
  TransientError,
  userKind,
} from "../actors/mod.ts";
import type { Core } from "./core.ts";
import { type Ground, has } from "./ground.ts";
import type { Line } from "./line.ts";

/** Every kind of actor that another node may have a command for. */
const KINDS = [thingKind, channelKind, userKind, domainKind, claimKind];

/** The actors of this process, and the way to those of others. */
export function openActors(
  ground: Ground,
  { core, line }: { readonly core: Core; readonly line: Line },
): Actors {
  const { store } = core;
  const runtime = new ActorRuntime({ store, clock: systemClock, logger: ground.logger, newId });
  const recorder = new MessageRecorder({ store, runtime });
  const parts = { runtime, recorder };
  const opened = line.shared === undefined
    ? allHere(line.mailbox, parts)
    : someHere(ground, { ...parts, store, line: line.shared });
  return {
    ...parts,
    ...opened,
    async stop() {
      await opened.stop();
      runtime.close();
    },
  };
}

interface Parts {
  readonly runtime: ActorRuntime;
  readonly recorder: MessageRecorder;
}

interface Opened {
  readonly commands: CommandGateway;
  /** Lets this process have partitions. */
  begin(): Promise<void>;
  /** From now on this is done with each of them, too. */
  also(work: PartitionWork): void;
  stop(): Promise<void>;
}

export type Actors = Parts & Opened;

/** The only process has every partition. */
function allHere(mailbox: Mailbox, { runtime, recorder }: Parts): Opened {
  const ends = Array.from(
    { length: PARTITIONS },
    (_, partition) => mailbox.consume(partition, (frame) => recorder.record(frame)),
  );
  return {
    commands: runtime,
    begin: () => Promise.resolve(),
    also: () => {},
    async stop() {
      await mailbox.close();
      await Promise.all(ends.map((end) => end()));
    },
  };
}

/** Among others a node has those that it holds a lease of, if it has actors at all. */
function someHere(
  ground: Ground,
  { runtime, recorder, store, line }: Parts & {
    readonly store: Core["store"];
    readonly line: NonNullable<Line["shared"]>;
  },
): Opened {
  const { logger } = ground;
  const { mailbox, leases, requests, node } = line;
  const past = { past: store, requests, clock: monotonicClock };
  if (!has(ground, "actors")) {
    const commands = new RoutedCommands(past);
    const nothing = () => Promise.resolve();
    return { commands, begin: nothing, also: () => {}, stop: nothing };
  }
  const owns = (partition: number) => owner.owns(partition);
  const shared = { requests, runtime, owns, clock: monotonicClock, logger };
  const desk = new CommandDesk({ ...shared, kinds: KINDS });
  const works: PartitionWork[] = [
    desk,
    consuming(mailbox, (frame) => {
      // Another node may have it by now: what it handles comes to it in its order.
      if (owns(frame.partition)) return recorder.record(frame);
      throw new TransientError(`Cannot handle frame '${frame.id}': its partition was let go of`);
    }),
  ];
  const owner = new PartitionOwner({
    leases,
    clock: monotonicClock,
    logger,
    node,
    work: {
      acquired: (partition) => works.forEach((work) => work.acquired(partition)),
      released: async (partition) => {
        await Promise.all(works.map((work) => work.released(partition)));
      },
    },
  });
  return {
    commands: new RoutedCommands({ ...past, desk }),
    begin: () => owner.start(),
    also(work) {
      works.push(work);
      for (const partition of owner.owned) work.acquired(partition);
    },
    stop: () => owner.stop(),
  };
}

/** Takes frames from the mailbox for as long as the partition is this node's. */
function consuming(mailbox: Mailbox, handler: FrameHandler): PartitionWork {
  const ends = new Map<number, () => Promise<void>>();
  return {
    acquired: (partition) => void ends.set(partition, mailbox.consume(partition, handler)),
    async released(partition) {
      const end = ends.get(partition);
      ends.delete(partition);
      await end?.();
    },
  };
}
