import fc from "fast-check";
import {
  type ContentKind,
  type Message,
  MessageBatchWriter,
  type MessageOrigin,
} from "../../../actors/mod.ts";

export type Written = Omit<Message, "index">;

const BASE_US = Date.UTC(2026, 0, 1) * 1_000;

const KINDS: readonly ContentKind[] = [
  "unspecified",
  "senml+json",
  "senml+cbor",
  "json",
  "opaque",
];

const origin: fc.Arbitrary<MessageOrigin> = fc.record({
  publisher: fc.uuid(),
  correlationId: fc.uuid(),
  protocol: fc.constantFrom("mqtt", "http", "ws", "coap"),
  remoteAddress: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("")).map((ip) => `${ip}:1`),
}, { noNullPrototype: true });

const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);

const message: fc.Arbitrary<Written> = fc.record({
  origin,
  subtopic: fc.string({ unit: "binary", maxLength: 40 }),
  receivedUs: fc.nat({ max: 60_000_000 }).map((us) => BASE_US + us),
  qos,
  retain: fc.boolean(),
  contentKind: fc.constantFrom(...KINDS),
  contentType: fc.string({ unit: "binary", maxLength: 60 }),
  payload: fc.uint8Array({ maxLength: 200 }),
}, { noNullPrototype: true }).map((drawn) => ({
  ...drawn,
  contentType: drawn.contentKind === "opaque" ? drawn.contentType : "",
}));

/** Messages of one channel as an edge gets them: time never falls. */
export const anyMessages: fc.Arbitrary<readonly Written[]> = fc
  .array(message, { minLength: 1, maxLength: 30 })
  .map((messages) => messages.toSorted((a, b) => a.receivedUs - b.receivedUs));

/** A writer that holds the messages, each out of the middle of a larger buffer. */
export function writerOf(messages: readonly Written[]): MessageBatchWriter {
  const writer = new MessageBatchWriter();
  for (const { origin, subtopic, payload, contentType, ...head } of messages) {
    const source = new Uint8Array([0xee, ...payload, 0xff]);
    const places = {
      originIndex: writer.origin(origin),
      subtopicIndex: writer.subtopic(subtopic),
    };
    const typed = head.contentKind === "opaque" ? { contentType } : {};
    writer.add({ ...head, ...places, ...typed }, source, 1, 1 + payload.length);
  }
  return writer;
}

/** One of everything, for damaging. */
export const SAMPLE: readonly Written[] = KINDS.map((contentKind, n) => ({
  origin: {
    publisher: "0192f0c4-0000-7000-8000-000000000001",
    correlationId: "0192f0c4-0000-7000-8000-000000000002",
    protocol: "mqtt",
    remoteAddress: "192.0.2.1:50000",
  },
  subtopic: `room/${n}`,
  receivedUs: BASE_US + n,
  qos: (n % 3) as 0 | 1 | 2,
  retain: n === 1,
  contentKind,
  contentType: contentKind === "opaque" ? "text/plain" : "",
  payload: new TextEncoder().encode(`payload ${n}`),
}));
