/**
 * The kinds of failure, named by who must act on them. An expected refusal of a command is not
 * among them: that is a returned {@link Rejection}.
 */

/** Why a command was refused; the edges translate each code to their protocol's own. */
export type RejectionCode =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unavailable"
  | "storage_full";

/** An expected refusal, returned by a decider: nothing was written. */
export interface Rejection {
  readonly rejected: true;
  readonly code: RejectionCode;
  readonly message: string;
  /** Name of the offending field, where one field is to blame. */
  readonly field?: string;
}

export function reject(code: RejectionCode, message: string, field?: string): Rejection {
  return field === undefined
    ? { rejected: true, code, message }
    : { rejected: true, code, message, field };
}

export function isRejection(value: unknown): value is Rejection {
  return typeof value === "object" && value !== null &&
    (value as { rejected?: unknown }).rejected === true;
}

/** Somebody else wrote to the stream first: reload and decide again. */
export class ConcurrencyConflict extends Error {
  override readonly name = "ConcurrencyConflict";
}

/** An engine is away, slow or full: back off and try again. */
export class TransientError extends Error {
  override readonly name: string = "TransientError";
}

/** The store has no room left. Reads go on; writes work again as soon as there is room. */
export class StorageFull extends TransientError {
  override readonly name = "StorageFull";
}

/** Trying again cannot help: set the delivery aside where an operator sees it. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** A peer broke its protocol: close with the protocol's code. */
export class ProtocolError extends Error {
  override readonly name: string = "ProtocolError";
}

/** Something that cannot be is: stop, do not write over it, tell the operator (exit code 70). */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** The caller gave the program unusable options (exit code 64). */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A needed engine or port cannot be had (exit code 75). */
export class EngineUnreachable extends Error {
  override readonly name = "EngineUnreachable";
}

/** Makes a `switch` over a union exhaustive at compile time and loud at run time. */
export function assertNever(value: never): never {
  throw new InvariantViolation(`Cannot handle '${JSON.stringify(value)}': unknown variant`);
}
