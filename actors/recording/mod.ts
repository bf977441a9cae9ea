/**
 * How messages enter the log: the consumer of the mailbox.
 *
 * Main path: a frame arrives; for each channel in it the channel's state decides; what is allowed is
 * appended to `messages-<channelId>-<utc day>`, all channels of a frame in one turn of the event
 * loop, so that the store commits them with one fsync.
 *
 * A batch is stored as it came: nothing here opens it.
 */
export { MessageRecorder, type RecorderGround } from "./recorder.ts";
