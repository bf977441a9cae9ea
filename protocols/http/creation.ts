import {
  checkProfile,
  type CommandContext,
  derivedId,
  type Executed,
  isRejection,
  type Profile,
  type Rejection,
} from "../../actors/mod.ts";
import type { DirectoryEntry, EntityKind } from "../../projections/mod.ts";
import type { UserCaller } from "./auth/mod.ts";
import type { HttpGround } from "./ground.ts";
import { BULK_WAVE } from "./limits.ts";
import { HttpProblem, problemOf } from "./problem.ts";
import { commandContext } from "./request.ts";
import type { HttpContext } from "./route.ts";

/** One thing or channel that is to be made. */
export interface Planned {
  readonly index: number;
  readonly id: string;
  /** The id was given, and this cannot be a repeat: only the actor could tell that one from a clash. */
  readonly mustBeFree: boolean;
  readonly profile: Profile;
  readonly context: CommandContext;
}

/** Id and context of the entity at `index`: the same for a repeat with the same Idempotency-Key. */
export function planned(
  ground: HttpGround,
  context: HttpContext,
  wanted: {
    readonly index: number;
    readonly id: string | undefined;
    readonly profile: Profile;
    readonly caller: UserCaller;
  },
): Planned {
  const { index, id, profile, caller } = wanted;
  const refused = checkProfile(profile);
  if (refused !== undefined) throw problemOf(refused);
  const by = commandContext(ground, context, {
    principal: caller.principal,
    part: String(index),
  });
  const repeatable = context.req.header("idempotency-key") !== undefined;
  const made = () => repeatable ? derivedId(`${by.commandId}\nid`) : ground.newId();
  const mustBeFree = id !== undefined && !repeatable;
  return { index, id: id ?? made(), mustBeFree, profile, context: by };
}

/** Refuses, naming both places, what may stand only once in a request. */
export function checkDistinct(
  values: readonly (string | undefined)[],
  named: { readonly what: string; readonly field: string },
): void {
  const seen = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue;
    const first = seen.get(value);
    if (first !== undefined) {
      throw new HttpProblem(
        409,
        `Cannot create ${named.what} ${index}: its ${named.field} is that of ${named.what} ${first}`,
        `${index}.${named.field}`,
      );
    }
    seen.set(value, index);
  }
}

/** Runs `work` for all, a bounded number at a time; answers the newest position. */
export async function inWaves<T>(
  items: readonly T[],
  work: (item: T) => Promise<Executed | Rejection>,
): Promise<number> {
  let position = 0;
  for (let at = 0; at < items.length; at += BULK_WAVE) {
    // All of a wave are awaited, also when one is refused: none goes on behind the answer.
    const results = await Promise.allSettled(items.slice(at, at + BULK_WAVE).map(work));
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
      if (isRejection(result.value)) throw problemOf(result.value);
      position = Math.max(position, result.value.position);
    }
  }
  return position;
}

/** The entries that were just written, in the order of `ids`. */
export async function entriesOf(
  ground: HttpGround,
  { kind, ids }: { readonly kind: EntityKind; readonly ids: readonly string[] },
): Promise<readonly DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at < ids.length; at += BULK_WAVE) {
    const wave = await Promise.all(
      ids.slice(at, at + BULK_WAVE).map((id) => ground.readModels.directory.get(kind, id)),
    );
    for (const entry of wave) {
      if (entry === undefined) {
        throw new HttpProblem(
          503,
          `Cannot show the ${kind}s yet: they are created, list them later`,
        );
      }
      entries.push(entry);
    }
  }
  return entries;
}
