import { z } from "@hono/zod-openapi";
import { checkAuthority, CONNECTION_TYPES } from "../../../actors/mod.ts";
import { managedChannel } from "../channels/mod.ts";
import { entryOf } from "../entities.ts";
import type { HttpGround } from "../ground.ts";
import { listPage } from "../lists.ts";
import { ownedEntry } from "../managed.ts";
import { problemOf } from "../problem.ts";
import { type HttpApp, onUser } from "../route.ts";
import { channelSchema, connectedQuerySchema, pageSchema, thingSchema } from "../schemas.ts";
import { managedThing } from "../things/mod.ts";
import { connect, disconnect, type Pairs, pairsOf, pairsSchema } from "./pairs.ts";

export function registerConnections(app: HttpApp, ground: HttpGround): void {
  registerBatches(app, ground);
  registerSingles(app, ground);
  registerLists(app, ground);
}

function registerBatches(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "post",
    path: "/connect",
    summary: "Connects every thing named with every channel named",
    body: pairsSchema,
    status: 200,
    answer: z.object({}),
  }, async (context, { body, caller }) => {
    await connect(ground, context, { pairs: pairsOf(body), caller });
    return context.json({});
  });
  onUser({ app, ground }, {
    method: "put",
    path: "/disconnect",
    summary: "Disconnects every thing named from every channel named (Mainflux 0.13)",
    body: pairsSchema,
    status: 200,
    answer: z.object({}),
  }, async (context, { body, caller }) => {
    await disconnect(ground, context, { pairs: pairsOf(body), caller });
    return context.json({});
  });
  onUser({ app, ground }, {
    method: "post",
    path: "/disconnect",
    summary: "Disconnects every thing named from every channel named (Mainflux 0.14)",
    body: pairsSchema,
    status: 204,
  }, async (context, { body, caller }) => {
    await disconnect(ground, context, { pairs: pairsOf(body), caller });
    return context.body(null, 204);
  });
}

/** The pair that the path names. */
function pairOf(params: Readonly<Record<string, string>>): Pairs {
  return {
    thingIds: [params["thing_id"]!],
    channelIds: [params["channel_id"]!],
    types: CONNECTION_TYPES,
  };
}

function registerSingles(app: HttpApp, ground: HttpGround): void {
  const path = "/channels/{channel_id}/things/{thing_id}";
  onUser({ app, ground }, {
    method: "put",
    path,
    summary: "Connects a thing with a channel (Mainflux 0.13)",
    status: 200,
    answer: z.object({}),
  }, async (context, { params, caller }) => {
    await connect(ground, context, { pairs: pairOf(params), caller });
    return context.json({});
  });
  onUser({ app, ground }, {
    method: "delete",
    path,
    summary: "Disconnects a thing from a channel (Mainflux 0.13)",
    status: 204,
  }, async (context, { params, caller }) => {
    await disconnect(ground, context, { pairs: pairOf(params), caller });
    return context.body(null, 204);
  });
  onUser({ app, ground }, {
    method: "post",
    path: `${path}/connect`,
    summary: "Connects a thing with a channel (Mainflux 0.14)",
    status: 201,
    answer: z.object({}),
  }, async (context, { params, caller }) => {
    await connect(ground, context, { pairs: pairOf(params), caller });
    return context.json({}, 201);
  });
  onUser({ app, ground }, {
    method: "post",
    path: `${path}/disconnect`,
    summary: "Disconnects a thing from a channel (Mainflux 0.14)",
    status: 204,
  }, async (context, { params, caller }) => {
    await disconnect(ground, context, { pairs: pairOf(params), caller });
    return context.body(null, 204);
  });
}

function registerLists(app: HttpApp, ground: HttpGround): void {
  const { show } = managedThing(ground);
  for (const noun of ["thing", "channel"] as const) {
    const other = noun === "thing" ? "channel" : "thing";
    onUser({ app, ground }, {
      method: "get",
      path: `/${noun}s/{id}/${other}s`,
      summary: `Lists the ${other}s that a ${noun} is connected to, or is not`,
      query: connectedQuerySchema,
      status: 200,
      answer: pageSchema(`${other}s`, other === "thing" ? thingSchema : channelSchema),
    }, async (context, { params, query, caller }) => {
      const id = params["id"]!;
      const { domainId, authority } = caller;
      const entry = await entryOf(ground, context, { kind: noun, id, domainId, at: query.at });
      const refused = checkAuthority(authority, ownedEntry(entry), "read");
      if (refused !== undefined) throw problemOf(refused);
      const connected = query.connected !== "false";
      return await listPage(ground, context, {
        kind: other,
        caller,
        query,
        filter: {
          connection: noun === "thing" ? { thingId: id, connected } : { channelId: id, connected },
        },
        show: (each) => other === "thing" ? show(each, caller) : managedChannel.show(each, caller),
      });
    });
  }
}
