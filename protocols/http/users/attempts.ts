import { LOGIN_WINDOW_MS, LOGINS_FAILED_MAX, LOGINS_REMEMBERED_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";

/** How often somebody tried in vain, by address and name. */
export interface Attempts {
  /** Counts one more, or throws 429. Counted before the password is checked: guesses run side by side. */
  begin(who: string): void;
  succeeded(who: string): void;
}

export function boundedAttempts(nowMs: () => number): Attempts {
  const tried = new Map<string, { count: number; readonly untilMs: number }>();
  return {
    begin(who) {
      const now = nowMs();
      let entry = tried.get(who);
      if (entry === undefined || entry.untilMs <= now) {
        tried.delete(who);
        entry = { count: 0, untilMs: now + LOGIN_WINDOW_MS };
        tried.set(who, entry);
        if (tried.size > LOGINS_REMEMBERED_MAX) tried.delete(tried.keys().next().value!);
      }
      if (entry.count >= LOGINS_FAILED_MAX) {
        throw new HttpProblem(
          429,
          `Cannot check the password: ${LOGINS_FAILED_MAX} attempts failed within ${
            LOGIN_WINDOW_MS / 1_000
          } s, try again later`,
        );
      }
      entry.count++;
    },
    succeeded: (who) => void tried.delete(who),
  };
}
