import { z } from "@hono/zod-openapi";
import {
  checkProfile,
  type CommandContext,
  type PersonalProfile,
  reject,
  TerminalError,
  userKind,
} from "../../../actors/mod.ts";
import type { DirectoryEntry } from "../../../projections/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import type { ClaimedValue } from "../claims.ts";
import { entryOf, shown } from "../entities.ts";
import type { HttpGround } from "../ground.ts";
import { EMAIL_LENGTH_MAX } from "../limits.ts";
import { HttpProblem, problemOf } from "../problem.ts";
import type { HttpContext } from "../route.ts";

export const emailSchema = z.email("an e-mail address is needed").max(EMAIL_LENGTH_MAX)
  .transform((email) => email.toLowerCase());

/** In the words of 0.13 (`email`) and of 0.14 (`credentials`) at once. */
export function shownUser(entry: DirectoryEntry): Record<string, unknown> {
  const email = entry.fields["email"] ?? "";
  return {
    ...shown(entry),
    email,
    credentials: { identity: email },
    role: entry.fields["role"],
  };
}

/** The core cannot look into what is sealed: its limits are checked here. */
export async function sealedPerson(
  ground: HttpGround,
  userId: string,
  person: PersonalProfile,
): Promise<string> {
  const { email: _, ...profile } = person;
  const refused = checkProfile(profile);
  if (refused !== undefined) throw problemOf(refused);
  try {
    return await ground.secrets.sealPersonal(userId, person);
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    throw problemOf(reject("conflict", error.message));
  }
}

/** A user whom the caller may see: itself or, for an admin, any of the domain. */
export async function userEntry(
  ground: HttpGround,
  context: HttpContext,
  asked: { readonly id: string; readonly caller: UserCaller; readonly at?: string | undefined },
): Promise<DirectoryEntry> {
  const { id, caller, at } = asked;
  if (caller.authority.role === "user" && caller.authority.userId !== id) {
    throw new HttpProblem(403, `Cannot show user '${id}': only this user or an admin may see it`);
  }
  return await entryOf(ground, context, { kind: "user", id, domainId: caller.domainId, at });
}

/** The claim on an e-mail address. */
export function emailClaim(
  ground: HttpGround,
  claim: {
    readonly email: string;
    readonly holderId: string;
    readonly domainId: string;
    readonly context: CommandContext;
  },
): ClaimedValue {
  const hash = ground.secrets.hashEmail(claim.email);
  return {
    kind: "email",
    hash,
    holderId: claim.holderId,
    domainId: claim.domainId,
    context: claim.context,
    named: "the e-mail address",
    field: "email",
    async holds(holderId) {
      const state = await ground.runtime.inspect(userKind, holderId);
      return state.status !== "absent" && state.emailHash === hash;
    },
  };
}
