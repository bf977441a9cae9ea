import { z } from "@hono/zod-openapi";
import { type Executed, type Rejection, type SealedKey, thingKind } from "../../../actors/mod.ts";
import type { DirectoryEntry } from "../../../projections/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import { type ClaimedValue, claiming } from "../claims.ts";
import { checkDistinct, entriesOf, inWaves, type Planned, planned } from "../creation.ts";
import type { HttpGround } from "../ground.ts";
import { THING_KEY_LENGTH_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { written } from "../request.ts";
import type { HttpContext } from "../route.ts";
import { profileOf, profileShape, uuidSchema } from "../schemas.ts";

/** A key travels in headers, user names and queries. */
export const keySchema = z.string().min(1).max(THING_KEY_LENGTH_MAX)
  .regex(/^[\x21-\x7e]+$/, "visible ASCII characters without spaces are needed");

export const createSchema = z.object({
  ...profileShape,
  id: uuidSchema.optional(),
  key: keySchema.or(z.literal("")).optional(),
  credentials: z.object({
    identity: z.string().max(1_024).optional(),
    secret: keySchema.or(z.literal("")).optional(),
  }).optional(),
});
type Body = z.infer<typeof createSchema>;

interface PlannedThing extends Planned {
  readonly key: SealedKey;
  readonly keyGiven: boolean;
}

/** Creates all or, if one cannot be, none; only a race with another request ends in between. */
export async function createThings(
  ground: HttpGround,
  context: HttpContext,
  { bodies, caller }: { readonly bodies: readonly Body[]; readonly caller: UserCaller },
): Promise<readonly DirectoryEntry[]> {
  const keys = bodies.map((body) => body.key || body.credentials?.secret || undefined);
  checkDistinct(bodies.map(({ id }) => id), { what: "thing", field: "id" });
  checkDistinct(keys, { what: "thing", field: "key" });
  const plans = bodies.map((body, index) => {
    const profile = profileOf(body);
    const plan = planned(ground, context, { index, id: body.id, profile, caller });
    const given = keys[index];
    // Never derived, not even for a repeat: that shows the key which the first arrival stored.
    const key = given ?? ground.newId();
    return { ...plan, key: ground.secrets.sealThingKey(key), keyGiven: given !== undefined };
  });
  for (const [index, plan] of plans.entries()) {
    await checkIdFree(ground, plan);
    const key = keys[index];
    if (key !== undefined) checkKeyFree(ground, { key, holderId: plan.id, index });
  }
  const position = await inWaves(plans, (plan) => create(ground, plan, caller));
  await written(ground, context, { position });
  return await entriesOf(ground, { kind: "thing", ids: plans.map(({ id }) => id) });
}

function create(
  ground: HttpGround,
  plan: PlannedThing,
  caller: UserCaller,
): Promise<Executed | Rejection> {
  const { id, key, profile, context } = plan;
  const work = () =>
    ground.runtime.execute(thingKind, {
      id,
      context,
      command: {
        type: "CreateThing",
        by: caller.authority,
        domainId: caller.domainId,
        profile,
        key,
      },
    });
  if (!plan.keyGiven) return work();
  const { domainId } = caller;
  return claiming(
    ground,
    keyClaim(ground, { hash: key.hash, holderId: id, domainId, context }),
    work,
  );
}

/** The claim on a key that a caller chose; generated ones are unique by chance. */
export function keyClaim(
  ground: HttpGround,
  claim: Pick<ClaimedValue, "hash" | "holderId" | "domainId" | "context">,
): ClaimedValue {
  return {
    ...claim,
    kind: "thing_key",
    named: "the key",
    field: "key",
    async holds(holderId) {
      const state = await ground.runtime.inspect(thingKind, holderId);
      return (state.status === "enabled" || state.status === "disabled") &&
        state.keyHash === claim.hash;
    },
  };
}

export function checkKeyFree(
  ground: HttpGround,
  wanted: { readonly key: string; readonly holderId: string; readonly index?: number },
): void {
  const holder = ground.access.thingByKey(wanted.key);
  if (holder === undefined || holder.id === wanted.holderId) return;
  const which = wanted.index === undefined ? "" : ` of thing ${wanted.index}`;
  throw new HttpProblem(
    409,
    `Cannot use the key${which}: it is in use, another one is needed`,
    wanted.index === undefined ? "key" : `${wanted.index}.key`,
  );
}

async function checkIdFree(ground: HttpGround, plan: Planned): Promise<void> {
  if (!plan.mustBeFree) return;
  const state = await ground.runtime.inspect(thingKind, plan.id);
  if (state.status === "absent") return;
  throw new HttpProblem(
    409,
    `Cannot create thing ${plan.index}: id '${plan.id}' was given out before`,
    "id",
  );
}
