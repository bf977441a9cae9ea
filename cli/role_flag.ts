import { z } from "zod";
import { UsageError } from "../actors/mod.ts";
import type { Flag } from "./flag.ts";

/** What a process can do; one that does everything is a platform of its own. */
export const ROLES = ["edges", "actors", "projections", "api"] as const;

export type Role = (typeof ROLES)[number];

export const roles: Pick<Flag, "schema" | "right"> = {
  schema: z.string().transform((text) => text === "all" ? [...ROLES] : text.split(","))
    .pipe(z.array(z.enum(ROLES)).min(1)).transform((names) => new Set(names)),
  right: `'all', or some of ${
    ROLES.map((role) => `'${role}'`).join(", ")
  } with commas between them`,
};

/** Throws UsageError where a process of some roles has no engines that others can reach. */
export function checkedRoles(
  given: ReadonlySet<Role>,
  engines: { readonly eventStore: string; readonly mailbox: string; readonly hasInflux: boolean },
): ReadonlySet<Role> {
  const shown = `--role '${[...given].join()}'`;
  if (given.size < ROLES.length) {
    if (engines.eventStore === "sqlite" || engines.mailbox === "in-process") {
      throw new UsageError(
        `Cannot start with ${shown}: what other processes do is reached through --event-store esdb://… and --mailbox nats://…`,
      );
    }
    if (given.has("projections") && given.size === 1 && !engines.hasInflux) {
      throw new UsageError(
        `Cannot start with ${shown}: with --time-series sqlite each process of role 'api' keeps measurements itself, so there is nothing to do`,
      );
    }
  }
  return given;
}
