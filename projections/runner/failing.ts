import { type Clock, type Logger, TransientError, withoutSecrets } from "../../actors/mod.ts";
import type { Follower } from "./follower.ts";

/** Attempts to apply the same events before the projection is red. */
export const APPLY_ATTEMPTS_MAX = 5;
/** First wait after a failure; doubled each time. */
const RETRY_FIRST_MS = 100;
/** Longest wait between two attempts while an engine is away. */
const RETRY_LAST_MS = 10_000;

interface Ground {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tries again later, and gives up after a few times: then the projection stands still and is red.
 * Where room is only lacking (TransientError) it is red too, but goes on as soon as it can; where an
 * engine of its own is away it waits.
 */
export function failed(
  follower: Follower,
  { error, at }: { readonly error: unknown; readonly at: number },
  { clock, logger }: Ground,
): void {
  const { projection, readModel } = follower.followed;
  const text = textOf(error);
  const fields = { projection: projection.name, position: at, error: text };
  follower.live = false;
  // Of a log that cannot be read nobody knows what has come since.
  follower.behindSinceMs ??= clock.nowMs();
  follower.failures++;
  follower.retryAtMs = clock.nowMs() +
    Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** (follower.failures - 1));
  follower.waiting = readModel.mayBeAway === true && error instanceof TransientError;
  if (follower.failures < APPLY_ATTEMPTS_MAX && !follower.waiting) {
    logger.warn("projection tries again", fields);
    return;
  }
  if (follower.error === undefined) {
    if (follower.waiting) logger.warn("projection waits for its engine", fields);
    else logger.error("projection is red", fields);
  }
  follower.error = `stands at position ${follower.checkpoint}, before ${at}: ${text}`;
  follower.stopped = !(error instanceof TransientError);
}

export function recovered(follower: Follower, { logger }: Ground): void {
  const { name } = follower.followed.projection;
  logger.info("projection goes on", { projection: name });
  follower.error = undefined;
  follower.waiting = false;
}

/** An engine that lost what it had is filled once more. */
export async function setBack(follower: Follower, { logger }: Ground): Promise<void> {
  const { readModel } = follower.followed;
  if (readModel.mayBeAway !== true) return;
  const durable = await readModel.checkpoint();
  if (durable >= follower.durable) return;
  const { name } = follower.followed.projection;
  const fields = { projection: name, from: follower.checkpoint, to: durable };
  logger.warn("projection begins again", fields);
  follower.checkpoint = follower.durable = durable;
}

export function textOf(error: unknown): string {
  return withoutSecrets(error instanceof Error ? error.message : String(error));
}
