import { TransientError } from "../../actors/mod.ts";
import type { RetainedPage, RetainedQuestion } from "./retained_messages.ts";

/** How long a subscriber waits for a read model that is built anew, in milliseconds. */
const REBUILT_MS_MAX = 60_000;

/**
 * Asks the read model once it has reached `position`, the end of the log at this start: one that is
 * behind after a crash, or built anew by a newer program, must not pass for having nothing. Rejects
 * with TransientError if that takes too long.
 */
export function storedAsOf(
  position: number,
  readModels: {
    readonly retained: { retained(question: RetainedQuestion): Promise<RetainedPage> };
    waitFor(
      position: number,
      options: { readonly projections: readonly string[]; readonly timeoutMs: number },
    ): Promise<boolean>;
  },
): (question: RetainedQuestion) => Promise<RetainedPage> {
  let isReached = false;
  return async (question) => {
    isReached ||= await readModels.waitFor(position, {
      projections: ["retained"],
      timeoutMs: REBUILT_MS_MAX,
    });
    if (!isReached) {
      throw new TransientError(
        `Cannot read retained messages: they are not known up to position ${position} yet`,
      );
    }
    return await readModels.retained.retained(question);
  };
}
