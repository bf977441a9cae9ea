import { reject, type Rejection } from "../errors.ts";

/** On whose behalf a command is decided, as the edge has verified it. */
export interface Authority {
  /** UUID of the user; the platform itself acts as `system`. */
  readonly userId: string;
  readonly role: "admin" | "user" | "system";
}

export const SYSTEM_AUTHORITY: Authority = { userId: "system", role: "system" };

/** What a share may allow; Mainflux's words. */
export const POLICIES = ["read", "write", "delete"] as const;
export type Policy = typeof POLICIES[number];

/** By user id. */
export type Shares = { readonly [userId: string]: readonly Policy[] };

/** The owner, an admin and whoever it was shared with may act; everybody else is refused. */
export function checkAuthority(
  by: Authority,
  entity: { readonly ownerId: string; readonly shares: Shares },
  policy: Policy,
): Rejection | undefined {
  if (by.role !== "user" || by.userId === entity.ownerId) return undefined;
  if (entity.shares[by.userId]?.includes(policy)) return undefined;
  return reject("forbidden", `Cannot ${policy}: user '${by.userId}' is neither owner nor entitled`);
}
