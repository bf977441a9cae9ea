import { InvariantViolation, TerminalError } from "../../errors.ts";
import { isUuid, readUuid, writeUuid } from "../../platform/mod.ts";
import type { MailboxFrame, MailboxSection } from "../mailbox.ts";
import { OUTCOME_BYTES, PART_BYTES_MAX, PARTS_MAX } from "./limits.ts";
import { plainBytes } from "./plain_bytes.ts";

/*
 * A frame, or a part of one, as one message. All numbers are big-endian.
 *
 *   version 1 | part 2 | id 16 | closedAtMs 8 | partition 1 | sections 4
 *   for each section: eventId 16 | messages 4 | retained 4 | length of channelId 2 | length of batch 4
 *                     | channelId (UTF-8) | batch
 */

const VERSION = 1;
const HEAD_BYTES = 32;
const SECTION_HEAD_BYTES = 30;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export interface FramePart {
  /** 0 for the first message of a frame, which for most is the only one. */
  readonly part: number;
  readonly frame: MailboxFrame;
}

/** Splits a frame by its sections into messages that every server takes; each batch is copied once. */
export function encodeFrame(frame: MailboxFrame): readonly Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let sections: NamedSection[] = [];
  let bytes = HEAD_BYTES;
  const close = () => {
    parts.push(encodePart(frame, { part: parts.length, sections, bytes }));
    sections = [];
    bytes = HEAD_BYTES;
  };
  let toldBytes = 0;
  for (const section of frame.sections) {
    const named = { section, name: encoder.encode(section.channelId) };
    const own = SECTION_HEAD_BYTES + named.name.length + section.batch.length;
    if (HEAD_BYTES + own + OUTCOME_BYTES > PART_BYTES_MAX) {
      throw new InvariantViolation(
        `Cannot post ${section.batch.length} bytes of channel '${section.channelId}': a section has at most ${PART_BYTES_MAX} with its head`,
      );
    }
    if (sections.length > 0 && bytes + own + toldBytes + OUTCOME_BYTES > PART_BYTES_MAX) {
      close();
      toldBytes = 0;
    }
    sections.push(named);
    bytes += own;
    toldBytes += OUTCOME_BYTES;
  }
  close();
  if (parts.length <= PARTS_MAX) return parts;
  throw new InvariantViolation(
    `Cannot post frame '${frame.id}': it makes ${parts.length} messages, at most ${PARTS_MAX} are allowed`,
  );
}

interface NamedSection {
  readonly section: MailboxSection;
  readonly name: Uint8Array;
}

function encodePart(
  frame: MailboxFrame,
  { part, sections, bytes }: {
    readonly part: number;
    readonly sections: readonly NamedSection[];
    readonly bytes: number;
  },
): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(bytes);
  const view = new DataView(target.buffer);
  target[0] = VERSION;
  view.setUint16(1, part);
  putUuid(target, { at: 3, id: frame.id });
  view.setBigUint64(19, BigInt(frame.closedAtMs));
  target[27] = frame.partition;
  view.setUint32(28, sections.length);
  let at = HEAD_BYTES;
  for (const { section, name } of sections) {
    putUuid(target, { at, id: section.eventId });
    view.setUint32(at + 16, section.messageCount);
    view.setUint32(at + 20, section.retainedCount);
    view.setUint16(at + 24, name.length);
    view.setUint32(at + 26, section.batch.length);
    target.set(name, at + SECTION_HEAD_BYTES);
    target.set(section.batch, at + SECTION_HEAD_BYTES + name.length);
    at += SECTION_HEAD_BYTES + name.length + section.batch.length;
  }
  return target;
}

function putUuid(target: Uint8Array, { at, id }: { readonly at: number; readonly id: string }) {
  if (!isUuid(id)) {
    throw new InvariantViolation(`Cannot post '${id}': ids must be UUIDs in lower case`);
  }
  writeUuid(target, at, id);
}

/** Batches are views into the message. Throws TerminalError for anything that `encodeFrame` never made. */
export function decodeFrame(message: Uint8Array): FramePart {
  const bytes = plainBytes(message);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES) throw damaged(`${bytes.length} bytes hold no head`);
  if (bytes[0] !== VERSION) {
    throw damaged(`version ${bytes[0]} is unknown, ${VERSION} is what this node reads`);
  }
  const sections: MailboxSection[] = [];
  let at = HEAD_BYTES;
  for (let left = view.getUint32(28); left > 0; left--) {
    if (at + SECTION_HEAD_BYTES > bytes.length) throw damaged("a section is cut off");
    const nameEnd = at + SECTION_HEAD_BYTES + view.getUint16(at + 24);
    const end = nameEnd + view.getUint32(at + 26);
    if (end > bytes.length) throw damaged("a section is cut off");
    sections.push({
      channelId: textOf(bytes.subarray(at + SECTION_HEAD_BYTES, nameEnd)),
      eventId: readUuid(bytes, at),
      batch: bytes.subarray(nameEnd, end),
      messageCount: view.getUint32(at + 16),
      retainedCount: view.getUint32(at + 20),
    });
    at = end;
  }
  if (at !== bytes.length) throw damaged(`${bytes.length - at} bytes are left over`);
  const closedAtMs = view.getBigUint64(19);
  if (closedAtMs > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged("its time is none");
  return {
    part: view.getUint16(1),
    frame: {
      id: readUuid(bytes, 3),
      partition: bytes[27]!,
      closedAtMs: Number(closedAtMs),
      sections,
    },
  };
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw damaged("the name of a channel is no UTF-8");
  }
}

function damaged(what: string): TerminalError {
  return new TerminalError(`Cannot read a frame of the mailbox: ${what}`);
}
