/**
 * What goes to the clients: live messages, retained ones, and what the log brings.
 *
 * Main path: the live feed calls `delivery.ts`, which makes a frame (`publish_frames.ts`) and hands it
 * to `outbound.ts`; that sends as fast as client and socket take it. What there was no room for, or
 * was missed while away, `catch_up.ts` reads from the log, a `lane.ts` for each channel.
 *
 * Nothing here waits for I/O on behalf of a live message, and no queue is without a bound.
 */
export { CatchUp } from "./catch_up.ts";
export { CatchUpTurns, type TurnOutcome } from "./catch_up_turns.ts";
export { Delivery } from "./delivery.ts";
export { AFTER_ALL, Lane, laneName } from "./lane.ts";
export { MissedMessages } from "./missed_messages.ts";
export { Outbound } from "./outbound.ts";
export { PublishFrames } from "./publish_frames.ts";
export { type Owed, RetainedReplay } from "./retained_replay.ts";
export type { ClientTerms, OutboundJournal, SharedHanding, Track } from "./sending.ts";
export { copyOf } from "./owed_messages.ts";
export type { HandedBefore, SharedGround, SharedGroup } from "./shared_group.ts";
export {
  type SharedAway,
  SharedGroups,
  type SharedJoin,
  type SharedSubscriptions,
} from "./shared_groups.ts";
export type { Membership, SharedMember } from "./shared_members.ts";
