import {
  AccessDeniedError,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
} from "@eventstore/db-client";
import {
  ConcurrencyConflict,
  InvariantViolation,
  TerminalError,
  TransientError,
} from "../../errors.ts";

const OURS = [ConcurrencyConflict, InvariantViolation, TerminalError, TransientError];

/**
 * What the client throws, in our words. What it does not name is taken for a server that is away or
 * slow: whoever asks again harms nothing, and an append is asked again under the same ids.
 */
export function esdbTranslated(action: string, cause: unknown): Error {
  if (OURS.some((kind) => cause instanceof kind)) return cause as Error;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof AccessDeniedError) {
    return new TerminalError(
      `Cannot ${action}: EventStoreDB denies it, use a user who may read and write all streams`,
      { cause },
    );
  }
  if (cause instanceof StreamDeletedError) {
    return new InvariantViolation(
      `Cannot ${action}: the stream was tombstoned, which no one can undo`,
      { cause },
    );
  }
  if (cause instanceof MaxAppendSizeExceededError) {
    return new InvariantViolation(
      `Cannot ${action}: with its metadata it is larger than the ${cause.maxAppendSize} bytes that EventStoreDB takes at once`,
      { cause },
    );
  }
  if (cause instanceof InvalidArgumentError) {
    return new InvariantViolation(`Cannot ${action}: ${text}`, { cause });
  }
  return new TransientError(`Cannot ${action}: EventStoreDB does not answer (${text})`, { cause });
}
