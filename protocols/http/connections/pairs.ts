import { z } from "@hono/zod-openapi";
import { CONNECTION_TYPES, type ConnectionType, thingKind } from "../../../actors/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import { managedChannel } from "../channels/mod.ts";
import { inWaves } from "../creation.ts";
import type { HttpGround } from "../ground.ts";
import { CONNECTIONS_PER_REQUEST_MAX } from "../limits.ts";
import { entitled } from "../managed.ts";
import { HttpProblem } from "../problem.ts";
import { commandContext, written } from "../request.ts";
import type { HttpContext } from "../route.ts";
import { uuidSchema } from "../schemas.ts";
import { managedThing } from "../things/mod.ts";

const idsSchema = z.array(uuidSchema).max(CONNECTIONS_PER_REQUEST_MAX).optional();

const typesSchema = z.array(z.enum(CONNECTION_TYPES)).min(1).optional();

/** Every word that Mainflux and its successors had for the two lists. */
export const pairsSchema = z.object({
  thing_ids: idsSchema,
  client_ids: idsSchema,
  channel_ids: idsSchema,
  group_ids: idsSchema,
  types: typesSchema,
});

export interface Pairs {
  readonly thingIds: readonly string[];
  readonly channelIds: readonly string[];
  readonly types: readonly ConnectionType[];
}

export function pairsOf(body: z.infer<typeof pairsSchema>): Pairs {
  const thingIds = [...new Set([...body.thing_ids ?? [], ...body.client_ids ?? []])];
  const channelIds = [...new Set([...body.channel_ids ?? [], ...body.group_ids ?? []])];
  const empty = thingIds.length === 0 ? "thing_ids" : "channel_ids";
  if (thingIds.length === 0 || channelIds.length === 0) {
    throw new HttpProblem(400, `Cannot accept ${empty}: at least one id is needed`, empty);
  }
  const pairs = thingIds.length * channelIds.length;
  if (pairs > CONNECTIONS_PER_REQUEST_MAX) {
    throw new HttpProblem(
      400,
      `Cannot accept ${pairs} pairs of things and channels: at most ${CONNECTIONS_PER_REQUEST_MAX} are allowed`,
    );
  }
  return { thingIds, channelIds, types: body.types ?? CONNECTION_TYPES };
}

interface Request {
  readonly pairs: Pairs;
  readonly caller: UserCaller;
}

/** Checks everything, then connects every thing with every channel. */
export async function connect(
  ground: HttpGround,
  context: HttpContext,
  { pairs, caller }: Request,
): Promise<void> {
  // Publishing adds to what the channel holds; subscribing only reads it.
  const policy = pairs.types.includes("publish") ? "write" : "read";
  for (const id of pairs.channelIds) await entitled(ground, managedChannel, { id, caller, policy });
  await execute(ground, context, {
    pairs,
    caller,
    command: (channelId) => ({ type: "ConnectThing", channelId, types: pairs.types }),
  });
}

/** A channel that was removed, or never connected, is no obstacle. */
export async function disconnect(
  ground: HttpGround,
  context: HttpContext,
  { pairs, caller }: Request,
): Promise<void> {
  await execute(ground, context, {
    pairs,
    caller,
    command: (channelId) => ({ type: "DisconnectThing", channelId }),
  });
}

type PairCommand =
  | {
    readonly type: "ConnectThing";
    readonly channelId: string;
    readonly types: readonly ConnectionType[];
  }
  | { readonly type: "DisconnectThing"; readonly channelId: string };

async function execute(
  ground: HttpGround,
  context: HttpContext,
  { pairs, caller, command }: Request & { readonly command: (channelId: string) => PairCommand },
): Promise<void> {
  const managed = managedThing(ground);
  for (const id of pairs.thingIds) await entitled(ground, managed, { id, caller, policy: "write" });
  let position = 0;
  // Channel by channel: a thing's actor takes a bounded line of commands.
  for (const channelId of pairs.channelIds) {
    const reached = await inWaves(pairs.thingIds, (id) =>
      ground.runtime.execute(thingKind, {
        id,
        command: { ...command(channelId), by: caller.authority },
        context: commandContext(ground, context, {
          principal: caller.principal,
          part: channelId,
        }),
      }));
    position = Math.max(position, reached);
  }
  await written(ground, context, { position });
}
