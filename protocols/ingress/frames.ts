import {
  type MailboxFrame,
  type MailboxSection,
  partitionOf,
  type Rejection,
  type SectionOutcome,
} from "../../actors/mod.ts";
import type { OpenBatch, Tick } from "./tick.ts";

/** One frame for each partition that the tick has messages for. */
export function framesOf(
  tick: Tick,
  { newId, closedAtMs, onSection }: {
    readonly newId: () => string;
    readonly closedAtMs: number;
    readonly onSection: (section: MailboxSection, batch: OpenBatch) => void;
  },
): readonly MailboxFrame[] {
  const byPartition = new Map<number, MailboxSection[]>();
  for (const { channelId, batches } of tick.channels()) {
    const partition = partitionOf(channelId);
    let sections = byPartition.get(partition);
    if (sections === undefined) byPartition.set(partition, sections = []);
    for (const open of batches) {
      const { writer, retainedCount } = open;
      const messageCount = writer.count;
      const batch = writer.finish();
      const section = { channelId, eventId: newId(), batch, messageCount, retainedCount };
      onSection(section, open);
      sections.push(section);
    }
  }
  return [...byPartition].map(([partition, sections]) => ({
    id: newId(),
    partition,
    closedAtMs,
    sections,
  }));
}

/** What a waiter is told whose messages went to these channels. */
export function outcomeOf(
  channelIds: ReadonlySet<string>,
  outcomes: ReadonlyMap<string, SectionOutcome>,
): { readonly position: number; readonly rejection?: Rejection } {
  let position = 0;
  for (const channelId of channelIds) {
    const outcome = outcomes.get(channelId);
    if (outcome?.rejection !== undefined) return { position: 0, rejection: outcome.rejection };
    position = Math.max(position, outcome?.position ?? 0);
  }
  return { position };
}
