/**
 * A channel: what things publish to and subscribe to, and the names of the streams of its messages.
 *
 * Main path: a command reaches `channelDecider`, which answers events of the stream `channel-<id>`;
 * `evolveChannel` folds them into the state that the next decision reads. A batch of messages asks
 * `decidePublishing` and goes to the day's `messageStream`.
 *
 * Pure: no clock, no chance, no I/O. Connections are the thing's, not the channel's. Messages never
 * enter the state: a busy channel must stay as small in memory as a quiet one.
 */
export type { ChannelCommand } from "./commands.ts";
export type { ChannelEvent } from "./events.ts";
export type { ChannelState } from "./state.ts";
export { channelKind } from "./kind.ts";
export {
  decidePublishing,
  messageChannel,
  messageDay,
  messageStream,
  messageStreamPrefix,
  type PublishedSection,
} from "./publishing.ts";
