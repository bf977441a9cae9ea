import type { RejectionCode } from "../../errors.ts";
import { TerminalError } from "../../errors.ts";
import type { SectionOutcome } from "../mailbox.ts";
import { HEAD_BYTES_MAX, PART_BYTES_MAX, REASON_LENGTH_MAX } from "./limits.ts";

/*
 * What a consumer tells all nodes. All numbers are big-endian.
 *
 *   version 1 | kind 1 | sequence 8 | delivery 8 | previous delivery 8
 *   recorded: outcomes 4 | for each: 0 1 | position 8, or: 1 1 | length 2 | rejection (JSON)
 *             | the frame as it was posted
 *   untold:   nothing more: the frame does not fit beside its outcomes, or could not be read
 */

const VERSION = 1;
const HEAD_BYTES = 26;
const RECORDED = 1;
const UNTOLD = 2;
const STORED = 0;
const REFUSED = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Where a frame stands in the line of its partition. Deliveries are what the server counts; those of
 * told frames make a chain that goes on over a change of the consumer's node.
 */
export interface Place {
  readonly sequence: number;
  readonly delivery: number;
  /** Of the frame that was told before; -1 where nothing is known of it. */
  readonly previous: number;
}

export interface Told {
  readonly place: Place;
  /** Absent if the frame itself could not be told. */
  readonly recorded?: {
    readonly outcomes: readonly SectionOutcome[];
    readonly frame: Uint8Array;
  };
}

/** Undefined outcomes, or ones that make too large a message, tell the place alone. */
export function encodeTold(
  place: Place,
  { frame, outcomes }: {
    readonly frame: Uint8Array;
    readonly outcomes: readonly SectionOutcome[] | undefined;
  },
): Uint8Array {
  const rejections = outcomes?.map(({ rejection }) =>
    rejection === undefined ? undefined : encoder.encode(JSON.stringify({
      code: rejection.code,
      message: rejection.message.slice(0, REASON_LENGTH_MAX),
    }))
  );
  const bytes = rejections?.reduce(
    (sum, rejection) => sum + (rejection === undefined ? 9 : 3 + rejection.length),
    HEAD_BYTES + 4 + frame.length,
  );
  if (outcomes === undefined || bytes === undefined || bytes > PART_BYTES_MAX + HEAD_BYTES_MAX) {
    return headOf(place, { kind: UNTOLD, bytes: HEAD_BYTES }).target;
  }
  const { target, view } = headOf(place, { kind: RECORDED, bytes });
  view.setUint32(HEAD_BYTES, outcomes.length);
  let at = HEAD_BYTES + 4;
  for (const [index, { position }] of outcomes.entries()) {
    const rejection = rejections![index];
    target[at] = rejection === undefined ? STORED : REFUSED;
    if (rejection === undefined) {
      view.setBigUint64(at + 1, BigInt(position));
      at += 9;
    } else {
      view.setUint16(at + 1, rejection.length);
      target.set(rejection, at + 3);
      at += 3 + rejection.length;
    }
  }
  target.set(frame, at);
  return target;
}

function headOf(
  { sequence, delivery, previous }: Place,
  { kind, bytes }: { readonly kind: number; readonly bytes: number },
) {
  const target = new Uint8Array(bytes);
  const view = new DataView(target.buffer);
  target[0] = VERSION;
  target[1] = kind;
  view.setBigUint64(2, BigInt(sequence));
  view.setBigUint64(10, BigInt(delivery));
  view.setBigInt64(18, BigInt(previous));
  return { target, view };
}

/** Throws TerminalError for anything that `encodeTold` never made. */
export function decodeTold(bytes: Uint8Array): Told {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) throw damaged();
  const place = {
    sequence: Number(view.getBigUint64(2)),
    delivery: Number(view.getBigUint64(10)),
    previous: Number(view.getBigInt64(18)),
  };
  if (bytes[1] === UNTOLD) return { place };
  if (bytes[1] !== RECORDED || bytes.length < HEAD_BYTES + 4) throw damaged();
  const outcomes: SectionOutcome[] = [];
  let at = HEAD_BYTES + 4;
  for (let left = view.getUint32(HEAD_BYTES); left > 0; left--) {
    if (at + 3 > bytes.length) throw damaged();
    const end = at + (bytes[at] === REFUSED ? 3 + view.getUint16(at + 1) : 9);
    if (end > bytes.length) throw damaged();
    outcomes.push(
      bytes[at] === REFUSED
        ? { position: 0, rejection: rejectionOf(bytes.subarray(at + 3, end)) }
        : { position: Number(view.getBigUint64(at + 1)) },
    );
    at = end;
  }
  return { place, recorded: { outcomes, frame: bytes.subarray(at) } };
}

function rejectionOf(bytes: Uint8Array) {
  const { code, message } = objectIn(bytes) as {
    readonly code: unknown;
    readonly message: unknown;
  };
  if (typeof code !== "string" || typeof message !== "string") throw damaged();
  return { rejected: true as const, code: code as RejectionCode, message };
}

/** What nodes tell of all their partitions at once. */
export interface Overview {
  /** Partition, newest delivery that was told, and a position up to which all was told. */
  readonly idle?: readonly (readonly [number, number, number])[];
  /** Partitions of which something that was told may have been lost on its way. */
  readonly lost?: readonly number[];
}

export function encodeOverview(overview: Overview): Uint8Array {
  return encoder.encode(JSON.stringify({ version: VERSION, ...overview }));
}

export function decodeOverview(bytes: Uint8Array): Overview {
  const { version, idle, lost } = objectIn(bytes) as Overview & { readonly version?: unknown };
  const sound = version === VERSION && (idle ?? []).every((entry) => entry.length === 3);
  if (!sound) throw damaged();
  return { ...(idle === undefined ? {} : { idle }), ...(lost === undefined ? {} : { lost }) };
}

function objectIn(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw damaged();
}

function damaged(): TerminalError {
  return new TerminalError(
    "Cannot read what another node told: it is cut off or of another version",
  );
}
