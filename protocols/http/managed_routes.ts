import { z } from "@hono/zod-openapi";
import type { DomainEvent, Policy } from "../../actors/mod.ts";
import type { HttpGround } from "./ground.ts";
import { listPage } from "./lists.ts";
import { changed, checkUserExists, type Managed, showing } from "./managed.ts";
import { HttpProblem } from "./problem.ts";
import { type HttpApp, type HttpContext, onUser, type UserInput } from "./route.ts";
import {
  atQuerySchema,
  channelSchema,
  listQuerySchema,
  pageSchema,
  policySchema,
  profileOf,
  profileSchema,
  searchSchema,
  tagsSchema,
  thingSchema,
  uuidSchema,
} from "./schemas.ts";

interface Ends<C, E extends DomainEvent, S> {
  readonly app: HttpApp;
  readonly ground: HttpGround;
  readonly managed: Managed<C, E, S>;
}

/** The routes that things and channels have in common. */
export function registerManaged<C, E extends DomainEvent, S>(ends: Ends<C, E, S>): void {
  registerReading(ends);
  registerChanging(ends);
  registerRemoving(ends);
  registerSharing(ends);
}

function answerOf(noun: "thing" | "channel"): z.ZodType {
  return noun === "thing" ? thingSchema : channelSchema;
}

function registerReading<C, E extends DomainEvent, S>(ends: Ends<C, E, S>): void {
  const { ground, managed } = ends;
  const { noun } = managed;
  const page = pageSchema(`${noun}s`, answerOf(noun));
  onUser(ends, {
    method: "get",
    path: `/${noun}s`,
    summary: `Lists ${noun}s that the caller may see`,
    query: listQuerySchema,
    status: 200,
    answer: page,
  }, (context, { query, caller }) =>
    listPage(ground, context, {
      kind: noun,
      caller,
      query,
      show: (entry) => managed.show(entry, caller),
    }));
  onUser(ends, {
    method: "post",
    path: `/${noun}s/search`,
    summary: `Lists ${noun}s; the question stands in the body`,
    body: searchSchema,
    status: 200,
    answer: page,
  }, (context, { body, caller }) =>
    listPage(ground, context, {
      kind: noun,
      caller,
      query: body,
      show: (entry) => managed.show(entry, caller),
    }));
  onUser(
    ends,
    {
      method: "get",
      path: `/${noun}s/{id}`,
      summary: `Shows a ${noun}, as it is or was`,
      query: atQuerySchema,
      status: 200,
      answer: answerOf(noun),
    },
    (context, { params, query, caller }) =>
      showing(ground, context, { managed, id: params["id"]!, caller, at: query.at }),
  );
}

/** Carries out commands on the thing or channel of the path, then shows it. */
async function changing<C, E extends DomainEvent, S>(
  ends: Ends<C, E, S>,
  context: HttpContext,
  { input: { params, caller }, commands }: {
    readonly input: Pick<UserInput<unknown, unknown>, "params" | "caller">;
    readonly commands: readonly C[];
  },
): Promise<Response> {
  const { ground, managed } = ends;
  const id = params["id"]!;
  await changed(ground, context, { managed, id, caller, commands });
  return await showing(ground, context, { managed, id, caller });
}

function registerChanging<C, E extends DomainEvent, S>(ends: Ends<C, E, S>): void {
  const { ground, managed: { noun, commands } } = ends;
  const answer = answerOf(noun);
  for (const method of ["put", "patch"] as const) {
    onUser(ends, {
      method,
      path: `/${noun}s/{id}`,
      summary: `Changes name, metadata or tags of a ${noun}; what is absent stays`,
      body: profileSchema,
      status: 200,
      answer,
    }, (context, input) =>
      changing(ends, context, {
        input,
        commands: [commands.update(input.caller.authority, profileOf(input.body))],
      }));
  }
  onUser(ends, {
    method: "patch",
    path: `/${noun}s/{id}/tags`,
    summary: `Replaces the tags of a ${noun}`,
    body: z.object({ tags: tagsSchema }),
    status: 200,
    answer,
  }, (context, input) =>
    changing(ends, context, {
      input,
      commands: [commands.update(input.caller.authority, { tags: input.body.tags })],
    }));
  onUser(ends, {
    method: "patch",
    path: `/${noun}s/{id}/owner`,
    summary: `Gives a ${noun} to another user of the domain`,
    body: z.object({ owner: uuidSchema }).or(z.object({ owner_id: uuidSchema })),
    status: 200,
    answer,
  }, async (context, input) => {
    const id = "owner" in input.body ? input.body.owner : input.body.owner_id;
    const { domainId } = input.caller;
    await checkUserExists(ground, { id, domainId, field: "owner" });
    await changed(ground, context, {
      managed: ends.managed,
      id: input.params["id"]!,
      caller: input.caller,
      policy: "delete",
      commands: [commands.changeOwner(input.caller.authority, id)],
    });
    // Whoever gave it away may not be entitled to see it any more.
    return context.json({});
  });
  for (const verb of ["enable", "disable"] as const) {
    onUser(
      ends,
      {
        method: "post",
        path: `/${noun}s/{id}/${verb}`,
        summary: `${verb === "enable" ? "Enables" : "Disables"} a ${noun}`,
        status: 200,
        answer,
      },
      (context, input) =>
        changing(ends, context, { input, commands: [commands[verb](input.caller.authority)] }),
    );
  }
}

function registerRemoving<C, E extends DomainEvent, S>(ends: Ends<C, E, S>): void {
  const { ground, managed } = ends;
  // A removed thing gives its key back: its own folder does that.
  if (managed.noun === "thing") return;
  onUser(ends, {
    method: "delete",
    path: `/${managed.noun}s/{id}`,
    summary: `Removes a ${managed.noun}; its history stays, and its id is not given out again`,
    status: 204,
  }, async (context, { params, caller }) => {
    await changed(ground, context, {
      managed,
      id: params["id"]!,
      caller,
      policy: "delete",
      commands: [managed.commands.remove(caller.authority)],
    });
    return context.body(null, 204);
  });
}

const sharingSchema = z.object({
  user_id: uuidSchema.optional(),
  user_ids: z.array(uuidSchema).max(100).optional(),
  policies: z.array(policySchema).min(1).optional(),
  relation: z.enum(["administrator", "editor", "contributor", "viewer", "guest"]).optional(),
});

/** What the words of later Mainflux allow, in those of 0.13. */
const POLICIES_OF: Readonly<Record<string, readonly Policy[]>> = {
  administrator: ["read", "write", "delete"],
  editor: ["read", "write"],
  contributor: ["read", "write"],
  viewer: ["read"],
  guest: ["read"],
};

function sharedWith(body: z.infer<typeof sharingSchema>): readonly string[] {
  const ids = [...(body.user_id === undefined ? [] : [body.user_id]), ...body.user_ids ?? []];
  if (ids.length > 0) return [...new Set(ids)];
  throw new HttpProblem(400, "Cannot share with nobody: user_id or user_ids is needed", "user_id");
}

function registerSharing<C, E extends DomainEvent, S>(ends: Ends<C, E, S>): void {
  const { ground, managed } = ends;
  const { noun, commands } = managed;
  onUser(ends, {
    method: "post",
    path: `/${noun}s/{id}/share`,
    summary: `Lets other users of the domain read, write or delete a ${noun}`,
    body: sharingSchema,
    status: 200,
    answer: z.object({}),
  }, async (context, { params, body, caller }) => {
    const users = sharedWith(body);
    const policies = body.policies ?? POLICIES_OF[body.relation ?? ""];
    if (policies === undefined) {
      throw new HttpProblem(400, "Cannot share: policies or relation is needed", "policies");
    }
    for (const id of users) {
      await checkUserExists(ground, { id, domainId: caller.domainId, field: "user_id" });
    }
    await changed(ground, context, {
      managed,
      id: params["id"]!,
      caller,
      // Whoever may only write must not hand out more than that.
      policy: "delete",
      commands: users.map((userId) => commands.share(caller.authority, { userId, policies })),
    });
    return context.json({});
  });
  onUser(ends, {
    method: "post",
    path: `/${noun}s/{id}/unshare`,
    summary: `Takes back what was shared of a ${noun}`,
    body: sharingSchema,
    status: 204,
  }, async (context, { params, body, caller }) => {
    await changed(ground, context, {
      managed,
      id: params["id"]!,
      caller,
      policy: "delete",
      commands: sharedWith(body).map((userId) => commands.unshare(caller.authority, userId)),
    });
    return context.body(null, 204);
  });
}
