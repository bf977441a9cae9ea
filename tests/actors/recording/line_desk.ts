import assert from "node:assert/strict";
import {
  ActorRuntime,
  type ChannelCommand,
  channelKind,
  type EventStore,
  isRejection,
  type MailboxFrame,
  ManualClock,
  MessageRecorder,
  newId,
  READ_LIMIT_MAX,
  type RecordedEvent,
  silentLogger,
  SYSTEM_AUTHORITY,
} from "../../../actors/mod.ts";
import { METADATA } from "../event_store/events.ts";
import { CHANNEL_A, CHANNEL_B, DAY_MS, frame, section } from "./desk.ts";

type Append = EventStore["append"];

/** One node: a recorder with actors and, where the engine lets it, a connection of its own. */
export interface RecordingNode {
  readonly recorder: MessageRecorder;
  readonly runtime: ActorRuntime;
  /** Stands between the recorder and the log. */
  through(append: (inner: Append) => Append): void;
}

/** One log, and as many nodes over it as a test opens. */
export interface LineDesk {
  node(): Promise<RecordingNode>;
  command(by: RecordingNode, channelId: string, command: ChannelCommand): Promise<void>;
  said(channelId: string, day?: string): Promise<readonly RecordedEvent[]>;
}

/** Opens a log that several nodes can stand on. */
export interface SharedLog {
  /** A node's own end of it. */
  connect(): Promise<EventStore>;
  close(): Promise<void>;
}

export async function withLine(
  shared: SharedLog,
  run: (desk: LineDesk) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock(DAY_MS);
  const nodes: RecordingNode[] = [];
  const log = await shared.connect();
  const desk: LineDesk = {
    async node() {
      const inner = await shared.connect();
      let append: Append = inner.append;
      const store: EventStore = { ...inner, append: (...args) => append(...args) };
      const runtime = new ActorRuntime({ store, clock, logger: silentLogger, newId });
      const node: RecordingNode = {
        recorder: new MessageRecorder({ store, runtime }),
        runtime,
        through: (wrap) => append = wrap(inner.append),
      };
      nodes.push(node);
      return node;
    },
    async command({ runtime }, channelId, command) {
      const context = { ...METADATA, commandId: newId(), correlationId: newId() };
      const outcome = await runtime.execute(channelKind, { id: channelId, command, context });
      assert.ok(!isRejection(outcome), JSON.stringify(outcome));
    },
    said: (channelId, day = "2026-01-01") =>
      log.readStream(`messages-${channelId}-${day}`, { limit: READ_LIMIT_MAX, stored: true }),
  };
  try {
    const first = await desk.node();
    for (const id of [CHANNEL_A, CHANNEL_B]) {
      await desk.command(first, id, {
        type: "CreateChannel",
        by: SYSTEM_AUTHORITY,
        domainId: METADATA.domainId,
        profile: { name: id },
      });
    }
    await run(desk);
  } finally {
    for (const { runtime } of nodes) runtime.close();
    await shared.close();
  }
}

/** Frame number `sequence` of a line, with one section for each channel that is named. */
export function numberedFrame(
  sequence: number,
  channelIds: readonly string[] = [CHANNEL_A],
  { closedAtMs = DAY_MS }: { readonly closedAtMs?: number } = {},
): MailboxFrame {
  return { ...frame(channelIds.map((id) => section(id)), closedAtMs), sequence };
}
