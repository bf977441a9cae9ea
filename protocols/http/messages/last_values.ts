import { z } from "@hono/zod-openapi";
import { NAME_LENGTH_MAX } from "../../../actors/mod.ts";
import type { HttpGround } from "../ground.ts";
import { MESSAGES_LIMIT_MAX, OFFSET_MAX, PAGE_LIMIT_MAX } from "../limits.ts";
import { waitedFor } from "../request.ts";
import { type HttpApp, onAnybody } from "../route.ts";
import { uuidSchema, wholeNumber } from "../schemas.ts";
import { channelReader } from "./entitled.ts";

const querySchema = z.object({
  offset: wholeNumber(0, OFFSET_MAX).default(0),
  limit: wholeNumber(1, MESSAGES_LIMIT_MAX).default(PAGE_LIMIT_MAX),
  subtopic: z.string().optional(),
  publisher: uuidSchema.optional(),
  protocol: z.string().optional(),
  name: z.string().max(NAME_LENGTH_MAX).optional(),
});

/** `GET /channels/{id}/messages/last`: how everything stands now. */
export function registerLastValues(app: HttpApp, ground: HttpGround): void {
  onAnybody(app, {
    method: "get",
    path: "/channels/{id}/messages/last",
    summary: "The newest value of each series, and how many messages were not what they declared",
    query: querySchema,
    status: 200,
    answer: z.object({
      offset: z.number(),
      limit: z.number(),
      unreadable: z.number(),
      messages: z.array(z.record(z.string(), z.unknown())),
    }),
  }, async (context, { params, query }) => {
    const channelId = params["id"]!;
    const { domainId } = await channelReader(ground, context, { channelId });
    await waitedFor(ground, context, { projections: ["measurements"] });
    const { measurements } = ground.readModels;
    const { offset, limit, ...asked } = query;
    const given = Object.fromEntries(
      Object.entries(asked).filter(([, value]) => value !== undefined),
    );
    const [messages, unreadable] = await Promise.all([
      measurements.lastValues({ domainId, channelId, direction: "desc", offset, limit, ...given }),
      measurements.unreadable(domainId, channelId),
    ]);
    return context.json({ offset, limit, unreadable, messages });
  });
}
