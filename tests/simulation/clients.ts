import {
  type ActorRuntime,
  channelKind,
  isRejection,
  type MailboxFrame,
  newId,
  partitionOf,
  SYSTEM_AUTHORITY,
} from "../../actors/mod.ts";
import { METADATA } from "../actors/event_store/events.ts";
import type { Process, World } from "./world.ts";

/** Attempts after which a client gives up: then it never heard an acknowledgement. */
const ATTEMPTS_MAX = 12;
/** What a client waits before it tries again, in milliseconds of the world's clock. */
const RETRY_MS = 200;
/** How often a client sends again what was acknowledged already. */
const DUPLICATE_SHARE = 0.1;

/** Something sent by a client, and whether the client was told that it is kept. */
export interface Sent {
  /** Event id of a message's batch, or the command's id. */
  readonly id: string;
  readonly by: string;
  readonly channelId: string;
  readonly number: number;
  acknowledged: boolean;
}

/** Publishes one message after another, each until it is acknowledged; a few twice. */
export async function publisher(
  world: World,
  { by, channelId, count, sent }: {
    readonly by: string;
    readonly channelId: string;
    readonly count: number;
    readonly sent: Sent[];
  },
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const message: Sent = { id: newId(), by, channelId, number, acknowledged: false };
    sent.push(message);
    const frame = () => frameOf(world, message);
    await untilAcknowledged(world, message, (process) => posted(process, frame()));
    if (message.acknowledged && world.random.next() < DUPLICATE_SHARE) {
      await attempt(world, (process) => posted(process, frame()));
    }
  }
}

/** Renames a channel again and again; every command has one id, however often it is sent. */
export async function renamer(
  world: World,
  { by, channelId, count, sent }: {
    readonly by: string;
    readonly channelId: string;
    readonly count: number;
    readonly sent: Sent[];
  },
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const command: Sent = { id: newId(), by, channelId, number, acknowledged: false };
    sent.push(command);
    await untilAcknowledged(world, command, (process) => renamed(world, process.runtime, command));
    if (command.acknowledged && world.random.next() < DUPLICATE_SHARE) {
      await attempt(world, (process) => renamed(world, process.runtime, command));
    }
  }
}

async function untilAcknowledged(
  world: World,
  sent: Sent,
  send: (process: Process) => Promise<boolean>,
): Promise<void> {
  for (let attempts = 0; attempts < ATTEMPTS_MAX && !sent.acknowledged; attempts++) {
    sent.acknowledged = await attempt(world, send);
    if (!sent.acknowledged) {
      await new Promise<void>((resolve) => world.clock.schedule(RETRY_MS, resolve));
    }
  }
}

/** True if the process that was asked lived to say that it is kept. */
async function attempt(
  world: World,
  send: (process: Process) => Promise<boolean>,
): Promise<boolean> {
  const { process } = world;
  try {
    return await Promise.race([send(process), process.broken]);
  } catch {
    // Refused, unknown or cut off: to a client they are the same, it was not told.
    return false;
  }
}

async function posted({ mailbox }: Process, frame: MailboxFrame): Promise<boolean> {
  const { outcomes } = await mailbox.post(frame);
  return outcomes.every(({ rejection }) => rejection === undefined);
}

function frameOf(world: World, message: Sent): MailboxFrame {
  const { channelId, by, number } = message;
  return {
    id: newId(),
    partition: partitionOf(channelId),
    closedAtMs: Date.UTC(2026, 0, 1),
    sections: [{
      channelId,
      eventId: world.defect === "gives a redelivered batch a new event id" ? newId() : message.id,
      batch: new TextEncoder().encode(JSON.stringify([by, number])),
      messageCount: 1,
      retainedCount: 0,
    }],
  };
}

async function renamed(world: World, runtime: ActorRuntime, command: Sent): Promise<boolean> {
  const outcome = await runtime.execute(channelKind, {
    id: command.channelId,
    command: {
      type: "UpdateChannel",
      by: SYSTEM_AUTHORITY,
      profile: { name: `${command.by} ${command.number}` },
    },
    context: {
      commandId: world.defect === "gives a repeated command a new id" ? newId() : command.id,
      correlationId: command.id,
      principal: METADATA.principal,
      edge: METADATA.edge,
      remoteAddress: METADATA.remoteAddress,
    },
  });
  return !isRejection(outcome);
}
