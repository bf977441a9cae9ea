import {
  decodeMessageBatch,
  isRejection,
  type Message,
  messageChannel,
  type MessageProtocol,
} from "../../actors/mod.ts";
import type { Projection } from "../runner/mod.ts";
import { type Reading, readPayload } from "./payload.ts";

/** One message as the time series takes it. */
export interface MeasuredMessage {
  readonly domainId: string;
  readonly channelId: string;
  readonly subtopic: string;
  readonly publisher: string;
  readonly protocol: MessageProtocol;
  readonly receivedUs: number;
  /** Place in the log: with the record's place in the payload it names a point for ever. */
  readonly position: number;
  readonly index: number;
  /** `unreadable`: it declared what it was not, and stays readable as raw bytes. */
  readonly reading: Reading | { readonly kind: "unreadable" };
}

export const measurementsProjection: Projection<MeasuredMessage> = {
  name: "measurements",
  version: 2,
  streamPrefixes: ["messages-"],
  handles: ["MessagesPublished"],
  project(event) {
    const channelId = messageChannel(event.stream);
    const domainId = event.metadata.domainId;
    const { messages } = decodeMessageBatch(event.data as Uint8Array);
    return messages.map((message) => ({
      domainId,
      channelId,
      subtopic: message.subtopic,
      publisher: message.origin.publisher,
      protocol: message.origin.protocol,
      receivedUs: message.receivedUs,
      position: event.position,
      index: message.index,
      reading: readingOf(message),
    }));
  },
};

function readingOf(message: Message): MeasuredMessage["reading"] {
  const reading = readPayload(message.payload, {
    kind: message.contentKind,
    receivedUs: message.receivedUs,
  });
  return isRejection(reading) ? { kind: "unreadable" } : reading;
}
