import type { z } from "zod";

/** One line of the help. */
export interface Flag {
  readonly name: string;
  readonly fallback: string;
  readonly says: string;
  readonly schema: z.ZodType;
  /** What would be right, for the error. */
  readonly right: string;
  /** True for what no error may quote. */
  readonly secret?: true;
}
