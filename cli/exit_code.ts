import { EngineUnreachable, InvariantViolation, UsageError } from "../actors/mod.ts";

/** sysexits.h, as docs and scripts rely on it. */
export function exitCode(error: unknown): number {
  if (error instanceof UsageError) return 64;
  if (error instanceof EngineUnreachable) return 75;
  if (error instanceof InvariantViolation) return 70;
  return 1;
}
