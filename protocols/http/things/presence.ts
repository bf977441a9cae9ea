import { z } from "@hono/zod-openapi";
import { checkAuthority } from "../../../actors/mod.ts";
import type { HttpGround } from "../ground.ts";
import { ownedEntry } from "../managed.ts";
import { entryOf } from "../entities.ts";
import { problemOf } from "../problem.ts";
import { atOf, waitedFor } from "../request.ts";
import { type HttpApp, onUser } from "../route.ts";

const answer = z.object({
  connected: z.boolean(),
  /** Absent if the thing had never been connected. */
  since: z.string().optional(),
  client_id: z.string().optional(),
  protocol: z.string().optional(),
  reason: z.string().optional(),
});

/** `GET /things/{id}/presence`: whether it is connected, or was at an instant, and why it left. */
export function registerPresence(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: "/things/{id}/presence",
    summary: "Whether the thing is connected, or was at an instant; why its last session ended",
    query: z.object({ at: z.string().optional() }),
    status: 200,
    answer,
  }, async (context, { params, query, caller }) => {
    await waitedFor(ground, context, { projections: ["presence"] });
    const id = params["id"]!;
    const { domainId } = caller;
    const entry = await entryOf(ground, context, { kind: "thing", id, domainId, at: query.at });
    const refused = checkAuthority(caller.authority, ownedEntry(entry), "read");
    if (refused !== undefined) throw problemOf(refused);
    const thing = { domainId, thingId: id };
    const found = await ground.readModels.presence.presence(thing, atOf(query.at));
    if (found === undefined) return context.json({ connected: false });
    const { connected, sinceMs, clientId, protocol, reason } = found;
    return context.json({
      connected,
      since: new Date(sinceMs).toISOString(),
      client_id: clientId,
      protocol,
      ...(reason === "" ? {} : { reason }),
    });
  });
}
