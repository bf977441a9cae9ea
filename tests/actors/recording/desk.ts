import assert from "node:assert/strict";
import {
  ActorRuntime,
  type ChannelCommand,
  channelKind,
  type EventStore,
  isRejection,
  type MailboxFrame,
  type MailboxSection,
  ManualClock,
  MessageRecorder,
  newId,
  openInlineEventStore,
  READ_LIMIT_MAX,
  type RecordedEvent,
  silentLogger,
  SYSTEM_AUTHORITY,
} from "../../../actors/mod.ts";
import { METADATA } from "../event_store/events.ts";
import { SAMPLE, writerOf } from "../message/batches.ts";

export const CHANNEL_A = "c0000000-0000-4000-8000-00000000000a";
export const CHANNEL_B = "c0000000-0000-4000-8000-00000000000b";
export const DAY_MS = Date.UTC(2026, 0, 1);

export type Append = EventStore["append"];

/** A recorder over a real log and real channels, both enabled. */
export interface Desk {
  readonly recorder: MessageRecorder;
  readonly log: EventStore;
  /** Another node over the same log. */
  another(): MessageRecorder;
  /** Stands between the recorder and the log. */
  through(append: (inner: Append) => Append): void;
  command(channelId: string, command: ChannelCommand): Promise<void>;
  /** What was said on a channel on a day. */
  said(channelId: string, day?: string): Promise<readonly RecordedEvent[]>;
}

export async function withDesk(
  run: (desk: Desk) => Promise<void>,
  { pagesMax }: { readonly pagesMax?: number } = {},
): Promise<void> {
  const clock = new ManualClock(DAY_MS);
  const log = openInlineEventStore({
    path: ":memory:",
    nowMs: () => clock.nowMs(),
    ...(pagesMax === undefined ? {} : { pagesMax }),
  });
  const runtime = new ActorRuntime({ store: log, clock, logger: silentLogger, newId });
  let append: Append = log.append;
  const store: EventStore = { ...log, append: (...args) => append(...args) };
  const desk: Desk = {
    recorder: new MessageRecorder({ store, runtime }),
    log,
    another: () => new MessageRecorder({ store: log, runtime }),
    through: (wrap) => append = wrap(log.append),
    async command(channelId, command) {
      const context = { ...METADATA, commandId: newId(), correlationId: newId() };
      const outcome = await runtime.execute(channelKind, { id: channelId, command, context });
      assert.ok(!isRejection(outcome), JSON.stringify(outcome));
    },
    said: (channelId, day = "2026-01-01") =>
      log.readStream(`messages-${channelId}-${day}`, { limit: READ_LIMIT_MAX, stored: true }),
  };
  for (const id of [CHANNEL_A, CHANNEL_B]) {
    await desk.command(id, {
      type: "CreateChannel",
      by: SYSTEM_AUTHORITY,
      domainId: METADATA.domainId,
      profile: { name: id },
    });
  }
  await run(desk);
  runtime.close();
  await log.close();
}

const batch = writerOf(SAMPLE).finish();

export function section(
  channelId: string,
  options: Partial<MailboxSection> = {},
): MailboxSection {
  const counts = { messageCount: SAMPLE.length, retainedCount: 1 };
  return { channelId, eventId: newId(), batch, ...counts, ...options };
}

export function frame(
  sections: readonly MailboxSection[],
  closedAtMs = DAY_MS,
): MailboxFrame {
  return { id: newId(), partition: 0, closedAtMs, sections };
}
