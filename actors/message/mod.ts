/**
 * What a device said: one message, its origin, and the batch that carries many of them.
 *
 * Main path: an edge adds each message to a `MessageBatchWriter`; the batch's bytes travel through
 * the mailbox, become the data of one `MessagesPublished` event, and are read back by projections
 * and history with `decodeMessageBatch`.
 *
 * The bytes are the canonical form that the hash chain covers (docs/event-format.md): never
 * re-encode a batch that was read. A batch belongs to exactly one channel.
 */
export {
  type ContentKind,
  contentKindOf,
  mediaTypeOf,
  type Message,
  type MessageOrigin,
  type MessageProtocol,
} from "./message.ts";
export { type DecodedBatch, decodeMessageBatch } from "./decode.ts";
export { MessageBatchWriter } from "./batch_writer.ts";
export { levelsOfSubtopic, subtopicOfLevels } from "./subtopic.ts";
export {
  decodeProperties,
  encodeProperties,
  expirySecondsOf,
  type MessageProperties,
  PROPERTIES_BYTES_MAX,
} from "./properties.ts";
