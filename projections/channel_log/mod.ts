/**
 * What was said on a channel, read from a place in the log on: for sessions that were away, and for
 * subscribers that fell behind.
 *
 * Main path: a reader asks for the next batches after its cursor; the batches of the channel's day
 * streams are decoded once and shared by all that read the same ones at about the same time.
 *
 * Nothing is kept for a reader here: the cursor is its own.
 */
export {
  ChannelLog,
  type ChannelLogCursor,
  type LogGap,
  type LoggedBatch,
  type LoggedMessage,
} from "./channel_log.ts";
