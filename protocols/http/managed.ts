import {
  type ActorKind,
  type Authority,
  checkAuthority,
  type CommandContext,
  type DomainEvent,
  type Executed,
  type Policy,
  type Profile,
  type Rejection,
  type Shares,
  userKind,
} from "../../actors/mod.ts";
import type { DirectoryEntry } from "../../projections/mod.ts";
import type { UserCaller } from "./auth/mod.ts";
import { entryOf } from "./entities.ts";
import type { HttpGround } from "./ground.ts";
import { HttpProblem, problemOf } from "./problem.ts";
import { accepted, commandContext, written } from "./request.ts";
import type { HttpContext } from "./route.ts";

/** What every state of a thing or channel that was not removed has. */
export interface Owned {
  readonly domainId: string;
  readonly ownerId: string;
  readonly shares: Shares;
}

/** Things and channels have owners, shares and the same routes; this is where they differ. */
export interface Managed<C, E extends DomainEvent, S> {
  readonly noun: "thing" | "channel";
  readonly kind: ActorKind<C, E, S>;
  /** Undefined if it does not exist or was removed. */
  readonly owned: (state: S) => Owned | undefined;
  readonly show: (entry: DirectoryEntry, caller: UserCaller) => Record<string, unknown>;
  readonly commands: {
    readonly update: (by: Authority, profile: Profile) => C;
    readonly changeOwner: (by: Authority, ownerId: string) => C;
    readonly enable: (by: Authority) => C;
    readonly disable: (by: Authority) => C;
    readonly share: (
      by: Authority,
      share: { readonly userId: string; readonly policies: readonly Policy[] },
    ) => C;
    readonly unshare: (by: Authority, userId: string) => C;
    readonly remove: (by: Authority) => C;
  };
}

/** A thing or channel of the caller's domain on which it has `policy`; throws 404 or 403. */
export async function entitled<C, E extends DomainEvent, S>(
  ground: HttpGround,
  managed: Pick<Managed<C, E, S>, "noun" | "kind" | "owned">,
  wanted: { readonly id: string; readonly caller: UserCaller; readonly policy: Policy },
): Promise<Owned & S> {
  const { id, caller, policy } = wanted;
  const state = await ground.runtime.inspect(managed.kind, id);
  const owned = managed.owned(state);
  if (owned === undefined || owned.domainId !== caller.domainId) {
    throw new HttpProblem(404, `Cannot find ${managed.noun} '${id}': it does not exist`);
  }
  const refused = checkAuthority(caller.authority, owned, policy);
  if (refused !== undefined) throw problemOf(refused);
  return state as Owned & S;
}

/** Checks the domain, lets the actor decide, and waits until readers see it. */
export async function changed<C, E extends DomainEvent, S>(
  ground: HttpGround,
  context: HttpContext,
  change: {
    readonly managed: Pick<Managed<C, E, S>, "noun" | "kind" | "owned">;
    readonly id: string;
    readonly caller: UserCaller;
    readonly policy?: Policy;
    readonly commands: readonly C[];
  },
): Promise<void> {
  const { managed, id, caller, policy = "write", commands } = change;
  if (!await mayBeRepeatedRemoval(ground, context, change)) {
    await entitled(ground, managed, { id, caller, policy });
  }
  let position = 0;
  for (const [index, command] of commands.entries()) {
    const by = commandContext(ground, context, {
      principal: caller.principal,
      part: String(index),
    });
    const result = await executed(ground, managed.kind, { id, command, context: by });
    position = Math.max(position, result.position);
  }
  await written(ground, context, { position });
}

/** Only the actor can tell a repeat of its removal from a command that comes too late. */
async function mayBeRepeatedRemoval<C, E extends DomainEvent, S>(
  ground: HttpGround,
  context: HttpContext,
  { managed, id, caller }: {
    readonly managed: Pick<Managed<C, E, S>, "kind" | "owned">;
    readonly id: string;
    readonly caller: UserCaller;
  },
): Promise<boolean> {
  if (context.req.header("idempotency-key") === undefined) return false;
  const state = await ground.runtime.inspect(managed.kind, id);
  const { domainId } = state as { readonly domainId?: string };
  return managed.owned(state) === undefined && domainId === caller.domainId;
}

export async function executed<C, E extends DomainEvent, S>(
  ground: HttpGround,
  kind: ActorKind<C, E, S>,
  delivery: { readonly id: string; readonly command: C; readonly context: CommandContext },
): Promise<Executed> {
  return accepted<Executed>(await ground.runtime.execute(kind, delivery) as Executed | Rejection);
}

/** The answer that shows a thing or channel to somebody who may read it. */
export async function showing<C, E extends DomainEvent, S>(
  ground: HttpGround,
  context: HttpContext,
  asked: {
    readonly managed: Managed<C, E, S>;
    readonly id: string;
    readonly caller: UserCaller;
    readonly at?: string | undefined;
    readonly status?: 200 | 201;
  },
): Promise<Response> {
  const { managed, id, caller, at } = asked;
  const entry = await entryOf(ground, context, {
    kind: managed.noun,
    id,
    domainId: caller.domainId,
    at,
  });
  const refused = checkAuthority(caller.authority, ownedEntry(entry), "read");
  if (refused !== undefined) throw problemOf(refused);
  return context.json(managed.show(entry, caller), asked.status ?? 200);
}

/** Owner and shares of an entry, as authority is checked against. */
export function ownedEntry(entry: DirectoryEntry): Owned {
  return {
    domainId: entry.domainId,
    ownerId: entry.fields["ownerId"] as string,
    shares: entry.fields["shares"] as Shares,
  };
}

/** Whoever is to own or share something must be a user of the domain. */
export async function checkUserExists(
  ground: HttpGround,
  user: { readonly id: string; readonly domainId: string; readonly field: string },
): Promise<void> {
  const state = await ground.runtime.inspect(userKind, user.id);
  if (state.status !== "absent" && state.domainId === user.domainId) return;
  throw new HttpProblem(400, `Cannot find user '${user.id}': it does not exist`, user.field);
}
