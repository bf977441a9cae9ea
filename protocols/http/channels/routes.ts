import { z } from "@hono/zod-openapi";
import { channelKind } from "../../../actors/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import { checkDistinct, entriesOf, inWaves, type Planned, planned } from "../creation.ts";
import type { HttpGround } from "../ground.ts";
import { BULK_MAX } from "../limits.ts";
import { entitled } from "../managed.ts";
import { registerManaged } from "../managed_routes.ts";
import { HttpProblem } from "../problem.ts";
import { written } from "../request.ts";
import { type HttpApp, type HttpContext, onUser } from "../route.ts";
import { channelSchema, profileOf, profileShape, uuidSchema } from "../schemas.ts";
import { managedChannel } from "./channel.ts";

const createSchema = z.object({
  ...profileShape,
  id: uuidSchema.optional(),
  parent_id: uuidSchema.optional(),
});
type Body = z.infer<typeof createSchema>;

export function registerChannels(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "post",
    path: "/channels",
    summary: "Creates a channel; the id may be given",
    body: createSchema,
    status: 201,
    answer: channelSchema,
  }, async (context, { body, caller }) => {
    const [channel] = await created(ground, context, { bodies: [body], caller });
    context.header("Location", `/channels/${channel!.id}`);
    return context.json(managedChannel.show(channel!, caller), 201);
  });
  onUser({ app, ground }, {
    method: "post",
    path: "/channels/bulk",
    summary: "Creates many channels: all are checked before the first is made",
    body: z.array(createSchema).min(1).max(BULK_MAX),
    status: 201,
    answer: z.object({ channels: z.array(channelSchema) }),
  }, async (context, { body, caller }) => {
    const channels = await created(ground, context, { bodies: body, caller });
    return context.json(
      { channels: channels.map((entry) => managedChannel.show(entry, caller)) },
      201,
    );
  });
  registerManaged({ app, ground, managed: managedChannel });
}

async function created(
  ground: HttpGround,
  context: HttpContext,
  { bodies, caller }: { readonly bodies: readonly Body[]; readonly caller: UserCaller },
) {
  const plans = bodies.map((body, index) => ({
    ...planned(ground, context, { index, id: body.id, profile: profileOf(body), caller }),
    parentId: body.parent_id,
  }));
  checkDistinct(bodies.map(({ id }) => id), { what: "channel", field: "id" });
  for (const plan of plans) await checkFree(ground, plan);
  for (const id of new Set(bodies.flatMap(({ parent_id }) => parent_id ?? []))) {
    await entitled(ground, managedChannel, { id, caller, policy: "write" });
  }
  const { authority: by, domainId } = caller;
  const position = await inWaves(
    plans,
    ({ id, context, profile, parentId }) =>
      ground.runtime.execute(channelKind, {
        id,
        context,
        command: {
          type: "CreateChannel",
          by,
          domainId,
          profile,
          ...(parentId === undefined ? {} : { parentId }),
        },
      }),
  );
  await written(ground, context, { position });
  return await entriesOf(ground, { kind: "channel", ids: plans.map(({ id }) => id) });
}

async function checkFree(ground: HttpGround, { id, mustBeFree, index }: Planned): Promise<void> {
  if (!mustBeFree) return;
  const state = await ground.runtime.inspect(channelKind, id);
  if (state.status === "absent") return;
  throw new HttpProblem(
    409,
    `Cannot create channel ${index}: id '${id}' was given out before`,
    "id",
  );
}
