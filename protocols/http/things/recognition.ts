import { z } from "@hono/zod-openapi";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import { waitedFor } from "../request.ts";
import { type HttpApp, onAnybody } from "../route.ts";
import { uuidSchema } from "../schemas.ts";

const idSchema = z.object({ id: uuidSchema });

/** Who a key belongs to, and whether its thing may use a channel: what other services ask. */
export function registerRecognition(app: HttpApp, ground: HttpGround): void {
  onAnybody(app, {
    method: "post",
    path: "/identify",
    summary: "Answers whose key this is",
    body: z.object({ token: z.string().min(1) }),
    status: 200,
    answer: idSchema,
  }, async (context, { body }) => {
    await waitedFor(ground, context, { projections: ["access"] });
    return context.json({ id: thingOf(ground, body.token) });
  });
  onAnybody(app, {
    method: "post",
    path: "/identify/channels/{id}/access-by-key",
    summary: "Answers whose key this is, if that thing is connected to the channel",
    body: z.object({ token: z.string().min(1) }),
    status: 200,
    answer: idSchema,
  }, async (context, { body, params }) => {
    await waitedFor(ground, context, { projections: ["access"] });
    const id = thingOf(ground, body.token);
    checkConnected(ground, { thingId: id, channelId: params["id"]! });
    return context.json({ id });
  });
  onAnybody(app, {
    method: "post",
    path: "/identify/channels/{id}/access-by-id",
    summary: "Answers whether the thing is connected to the channel",
    body: z.object({ thing_id: uuidSchema }),
    status: 200,
    answer: z.object({}),
  }, async (context, { body, params }) => {
    await waitedFor(ground, context, { projections: ["access"] });
    checkConnected(ground, { thingId: body.thing_id, channelId: params["id"]! });
    return context.json({});
  });
}

function thingOf(ground: HttpGround, key: string): string {
  const thing = ground.access.thingByKey(key);
  if (thing === undefined || !thing.enabled) {
    throw new HttpProblem(401, "Cannot accept the key: no enabled thing has it");
  }
  return thing.id;
}

function checkConnected(
  { access }: HttpGround,
  { thingId, channelId }: { readonly thingId: string; readonly channelId: string },
): void {
  if (access.mayPublish(thingId, channelId) || access.maySubscribe(thingId, channelId)) return;
  throw new HttpProblem(
    403,
    `Cannot use channel '${channelId}': thing '${thingId}' is not connected to it`,
  );
}
