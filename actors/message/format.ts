import type { ContentKind, MessageProtocol } from "./message.ts";

/*
 * Layout, all integers big-endian (docs/event-format.md, section "Message batch"):
 *
 *   header   u8 version, u8 flags, u32 count, u32 offset of the tables, f64 base time in us
 *   records  count times: u16 origin, u16 subtopic, u8 flags, u32 us after the base time,
 *            [u16 content type, only if opaque], [u16 length, properties, only if flagged],
 *            [u16 packet id, only if flagged], u32 payload length, payload
 *   tables   u16 n, then n origins:       16 publisher, 16 correlation id, u8 protocol,
 *                                         u8 length, remote address (UTF-8)
 *            u16 n, then n subtopics:     u16 length, UTF-8
 *            u16 n, then n content types: u8 length, UTF-8
 *
 * Origins and subtopics stand in tables because a batch holds thousands of messages of a few
 * connections; the tables come last because they are known only when the batch closes.
 */
export const FORMAT_VERSION = 1;
/** Of a batch in which at least one message has properties or a packet id. */
export const FORMAT_VERSION_PROPERTIES = 2;
/**
 * As 2, of a batch with a subtopic of nothing but empty levels: it is as many slashes as levels. In
 * older versions such a subtopic has one slash less than levels, and one empty level was as none.
 */
export const FORMAT_VERSION_EMPTY_LEVELS = 3;
export const HEADER_BYTES = 18;
/** Bytes of one record before its payload, content type index not counted. */
export const RECORD_HEAD_BYTES = 13;
/** Bytes of one origin before its remote address. */
export const ORIGIN_HEAD_BYTES = 34;
/** A u16 names the place in a table. */
export const TABLE_ENTRIES_MAX = 65_535;
export const REMOTE_ADDRESS_BYTES_MAX = 255;

export const BATCH_FLAG_RETAINED = 1;

export const RECORD_QOS_MASK = 0b11;
export const RECORD_RETAIN = 0b100;
export const RECORD_KIND_SHIFT = 3;
export const RECORD_KIND_MASK = 0b111;
export const RECORD_PROPERTIES = 0b0100_0000;
export const RECORD_PACKET_ID = 0b1000_0000;

/** The index is what is stored: append only, never reorder. */
export const CONTENT_KINDS: readonly ContentKind[] = [
  "unspecified",
  "senml+json",
  "senml+cbor",
  "json",
  "opaque",
];
export const KIND_OPAQUE = 4;

/** The index is what is stored: append only, never reorder. */
export const PROTOCOLS: readonly MessageProtocol[] = ["mqtt", "http", "ws", "coap"];
