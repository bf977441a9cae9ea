import {
  ConcurrencyConflict,
  EngineUnreachable,
  InvariantViolation,
  ProtocolError,
  StorageFull,
  TerminalError,
  TransientError,
  UsageError,
} from "./errors.ts";

/** An error without its class, which does not survive the way between threads and nodes. */
export interface ErrorText {
  readonly kind: string;
  readonly message: string;
}

export function errorText(error: unknown): ErrorText {
  return error instanceof Error
    ? { kind: error.name, message: error.message }
    : { kind: "", message: String(error) };
}

/** With the class that it had; what is none of ours should not have come so far. */
export function errorOf({ kind, message }: ErrorText): Error {
  switch (kind) {
    case "ConcurrencyConflict":
      return new ConcurrencyConflict(message);
    case "EngineUnreachable":
      return new EngineUnreachable(message);
    case "ProtocolError":
      return new ProtocolError(message);
    case "StorageFull":
      return new StorageFull(message);
    case "TerminalError":
      return new TerminalError(message);
    case "TransientError":
      return new TransientError(message);
    case "UsageError":
      return new UsageError(message);
    default:
      return new InvariantViolation(message);
  }
}
