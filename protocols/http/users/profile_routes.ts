import { z } from "@hono/zod-openapi";
import { type Authority, type UserCommand, userKind } from "../../../actors/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import { claiming, release } from "../claims.ts";
import type { HttpGround } from "../ground.ts";
import { executed } from "../managed.ts";
import { accepted, commandContext, written } from "../request.ts";
import { type HttpApp, type HttpContext, onUser } from "../route.ts";
import {
  atQuerySchema,
  profileOf,
  profileSchema,
  profileShape,
  tagsSchema,
  userSchema,
} from "../schemas.ts";
import { emailClaim, emailSchema, sealedPerson, shownUser, userEntry } from "./person.ts";
import { type InTurn, takingTurns } from "./turns.ts";

export function registerProfiles(app: HttpApp, ground: HttpGround): void {
  const inTurn = takingTurns();
  registerShowing(app, ground);
  registerOwn(app, ground, { inTurn });
  registerChanges(app, ground, { inTurn });
  registerIdentity(app, ground, { inTurn });
}

function registerShowing(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: "/users/profile",
    summary: "Shows the caller",
    status: 200,
    answer: userSchema,
  }, async (context, { caller }) => {
    const id = caller.authority.userId;
    return context.json(shownUser(await userEntry(ground, context, { id, caller })));
  });
  onUser({ app, ground }, {
    method: "get",
    path: "/users/{id}",
    summary: "Shows a user, as it is or was, to itself and to admins",
    query: atQuerySchema,
    status: 200,
    answer: userSchema,
  }, async (context, { params, query, caller }) => {
    const entry = await userEntry(ground, context, { id: params["id"]!, caller, at: query.at });
    return context.json(shownUser(entry));
  });
}

interface Turns {
  readonly inTurn: InTurn;
}

function registerOwn(app: HttpApp, ground: HttpGround, { inTurn }: Turns): void {
  onUser(
    { app, ground },
    {
      method: "put",
      path: "/users",
      summary: "Replaces the caller's metadata (Mainflux 0.13)",
      body: z.object({ metadata: profileShape.metadata }),
      status: 200,
      answer: userSchema,
    },
    (context, { body, caller }) => {
      const id = caller.authority.userId;
      return inTurn(id, () => describe(ground, context, { id, caller, body }));
    },
  );
}

/** Personal fields are sealed together: what is absent in the request is taken over. */
async function describe(
  ground: HttpGround,
  context: HttpContext,
  { id, caller, body }: {
    readonly id: string;
    readonly caller: UserCaller;
    readonly body: z.infer<typeof profileSchema>;
  },
): Promise<Response> {
  const before = await userEntry(ground, context, { id, caller });
  const { tags, ...described } = profileOf(body);
  const { email, name, metadata } = before.fields as {
    readonly email: string;
    readonly name: string;
    readonly metadata: Record<string, never>;
  };
  const personal = Object.keys(described).length === 0
    ? {}
    : { personal: await sealedPerson(ground, id, { email, name, metadata, ...described }) };
  return await change(ground, context, {
    id,
    caller,
    command: (by) => ({
      type: "UpdateUser",
      by,
      ...personal,
      ...(tags === undefined ? {} : { tags }),
    }),
  });
}

/** Carries the command out, and shows the user as it is then. */
async function change(
  ground: HttpGround,
  context: HttpContext,
  { id, caller, command }: {
    readonly id: string;
    readonly caller: UserCaller;
    readonly command: (by: Authority) => UserCommand;
  },
): Promise<Response> {
  await userEntry(ground, context, { id, caller });
  const { position } = await executed(ground, userKind, {
    id,
    command: command(caller.authority),
    context: commandContext(ground, context, { principal: caller.principal }),
  });
  await written(ground, context, { position });
  return context.json(shownUser(await userEntry(ground, context, { id, caller })));
}

function registerChanges(app: HttpApp, ground: HttpGround, { inTurn }: Turns): void {
  onUser(
    { app, ground },
    {
      method: "patch",
      path: "/users/{id}",
      summary: "Changes name, metadata or tags of a user; what is absent stays",
      body: profileSchema,
      status: 200,
      answer: userSchema,
    },
    (context, { params, body, caller }) => {
      const id = params["id"]!;
      return inTurn(id, () => describe(ground, context, { id, caller, body }));
    },
  );
  onUser({ app, ground }, {
    method: "patch",
    path: "/users/{id}/tags",
    summary: "Replaces the tags of a user",
    body: z.object({ tags: tagsSchema }),
    status: 200,
    answer: userSchema,
  }, (context, { params, body: { tags }, caller }) =>
    change(ground, context, {
      id: params["id"]!,
      caller,
      command: (by) => ({ type: "UpdateUser", by, tags }),
    }));
  onUser({ app, ground }, {
    method: "patch",
    path: "/users/{id}/role",
    summary: "Makes a user an admin, or an admin a user; for admins",
    body: z.object({ role: z.enum(["admin", "user"]) }),
    status: 200,
    answer: userSchema,
  }, (context, { params, body: { role }, caller }) =>
    change(ground, context, {
      id: params["id"]!,
      caller,
      command: (by) => ({ type: "ChangeUserRole", by, role }),
    }));
  for (const verb of ["enable", "disable"] as const) {
    const type = verb === "enable" ? "EnableUser" : "DisableUser";
    onUser(
      { app, ground },
      {
        method: "post",
        path: `/users/{id}/${verb}`,
        summary: verb === "enable" ? "Enables a user" : "Disables a user: its tokens end at once",
        status: 200,
        answer: userSchema,
      },
      (context, { params, caller }) =>
        change(ground, context, { id: params["id"]!, caller, command: (by) => ({ type, by }) }),
    );
  }
}

function registerIdentity(app: HttpApp, ground: HttpGround, { inTurn }: Turns): void {
  onUser({ app, ground }, {
    method: "patch",
    path: "/users/{id}/identity",
    summary: "Replaces the e-mail address of a user",
    body: z.object({ identity: emailSchema }),
    status: 200,
    answer: userSchema,
  }, (context, { params, body, caller }) => {
    const id = params["id"]!;
    return inTurn(
      id,
      () => changeIdentity(ground, context, { id, caller, identity: body.identity }),
    );
  });
}

async function changeIdentity(
  ground: HttpGround,
  context: HttpContext,
  { id, caller, identity }: {
    readonly id: string;
    readonly caller: UserCaller;
    readonly identity: string;
  },
): Promise<Response> {
  const before = await userEntry(ground, context, { id, caller });
  const { email, name, metadata } = before.fields as {
    readonly email: string;
    readonly name: string;
    readonly metadata: Record<string, never>;
  };
  const by = commandContext(ground, context, { principal: caller.principal });
  const { domainId } = before;
  const value = emailClaim(ground, { email: identity, holderId: id, domainId, context: by });
  const { position } = accepted(
    await claiming(ground, value, async () =>
      await ground.runtime.execute(userKind, {
        id,
        command: {
          type: "ChangeUserEmail",
          by: caller.authority,
          emailHash: value.hash,
          personal: await sealedPerson(ground, id, { email: identity, name, metadata }),
        },
        context: by,
      })),
  );
  if (email !== identity) {
    const hash = ground.secrets.hashEmail(email);
    await release(ground, { kind: "email", hash, holderId: id, context: by });
  }
  await written(ground, context, { position });
  return context.json(shownUser(await userEntry(ground, context, { id, caller })));
}
