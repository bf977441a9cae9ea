import { errors } from "@nats-io/nats-core";
import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { InvariantViolation, StorageFull, TerminalError, TransientError } from "../../errors.ts";

const OURS = [InvariantViolation, TerminalError, TransientError];

/** What the server calls it when a stream, an account or the disk has no room. */
const FULL_CODES = new Set([
  10023, // insufficient resources
  10028, // JetStream resource limits exceeded for server
  10047, // insufficient storage resources available
]);
const STORE_FAILED = 10077;
const WRONG_LAST_SEQUENCES = new Set([10071, 10164]);

/** Whether the server refused a message because there is no room for it. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  if (FULL_CODES.has(error.code)) return true;
  return error.code === STORE_FAILED &&
    /maximum (bytes|messages)|no space|insufficient/i.test(error.message);
}

/** Whether a write came after another one that it did not know of. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && WRONG_LAST_SEQUENCES.has(error.code);
}

export function isRefusedUser(error: unknown): boolean {
  return error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError;
}

/** Whether nobody listens where a request was sent. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof errors.NoRespondersError ||
    (error instanceof errors.RequestError && error.isNoResponders());
}

/**
 * What the client throws, in our words. What it does not name is taken for a server that is away:
 * whoever asks again harms nothing.
 */
export function natsTranslated(action: string, cause: unknown): Error {
  if (OURS.some((kind) => cause instanceof kind)) return cause as Error;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (isFull(cause)) {
    return new StorageFull(`Cannot ${action}: JetStream has no room left (${text})`, { cause });
  }
  if (cause instanceof errors.PermissionViolationError) {
    return new TerminalError(
      `Cannot ${action}: NATS denies it (${text}), allow the user the subjects of the prefix, $JS.API.>, $JS.ACK.>, $KV.> and _INBOX.>`,
      { cause },
    );
  }
  if (cause instanceof JetStreamApiError || cause instanceof JetStreamError) {
    return new TransientError(`Cannot ${action}: JetStream says '${text}'`, { cause });
  }
  return new TransientError(`Cannot ${action}: NATS does not answer (${text})`, { cause });
}
