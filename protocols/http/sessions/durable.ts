import { z } from "@hono/zod-openapi";
import { sessionEndsMs } from "../../../actors/mod.ts";
import type { DurableSessionRecord } from "../../../projections/mod.ts";
import type { HttpGround } from "../ground.ts";
import { mayReadHistory } from "../history/mod.ts";
import { PAGE_LIMIT, PAGE_LIMIT_MAX } from "../limits.ts";
import { waitedFor } from "../request.ts";
import { type HttpApp, onUser } from "../route.ts";
import { wholeNumber } from "../schemas.ts";

/** A client id, which an edge takes up to 1,024 bytes of. */
const CURSOR_LENGTH_MAX = 1_024;

const shownSchema = z.object({
  client_id: z.string(),
  connected: z.boolean(),
  session: z.string(),
  subscriptions: z.number(),
  expiry_seconds: z.number(),
  ends_at: z.string().optional(),
  reaches_back_to: z.string(),
});

/** Sessions that outlive their connection: which of them there are, and until when. */
export function registerDurableSessions(app: HttpApp, ground: HttpGround): void {
  const { readModels: { durableSessions }, devices } = ground;
  onUser({ app, ground }, {
    method: "get",
    path: "/things/{id}/durable-sessions",
    summary: "Sessions of the thing that outlive their connection, by client id, and when they end",
    query: z.object({
      limit: wholeNumber(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT),
      cursor: z.string().max(CURSOR_LENGTH_MAX).optional(),
    }),
    status: 200,
    answer: z.object({
      total: z.number(),
      limit: z.number(),
      next_cursor: z.string().optional(),
      sessions: z.array(shownSchema),
    }),
  }, async (context, { params, query: { limit, cursor }, caller }) => {
    await waitedFor(ground, context, {
      projections: ["durable_sessions", "history", "directory"],
    });
    const thingId = params["id"]!;
    await mayReadHistory(ground, caller, { kind: "thing", id: thingId });
    const { total, sessions } = await durableSessions.ofThing(
      { domainId: caller.domainId, thingId },
      { limit, ...(cursor === undefined ? {} : { after: cursor }) },
    );
    const last = sessions.at(-1);
    const open = await devices.carriedBy(thingId);
    return context.json({
      total,
      limit,
      ...(last === undefined || sessions.length < limit ? {} : { next_cursor: last.clientId }),
      sessions: sessions.map((each) => shown(each, { connected: open.has(each.connectionId) })),
    });
  });
}

function shown(
  record: DurableSessionRecord,
  now: { readonly connected: boolean },
): z.infer<typeof shownSchema> {
  // It may have written last before its connection was cut off.
  const endsMs = now.connected ? undefined : sessionEndsMs(record);
  return {
    client_id: record.clientId,
    connected: now.connected,
    session: record.connectionId,
    subscriptions: record.subscriptions,
    expiry_seconds: record.expirySeconds,
    ...(endsMs === undefined ? {} : { ends_at: new Date(endsMs).toISOString() }),
    reaches_back_to: new Date(record.sinceMs).toISOString(),
  };
}
