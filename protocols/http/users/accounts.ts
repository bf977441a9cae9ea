import { z } from "@hono/zod-openapi";
import { type Authority, derivedId, type Principal, userKind } from "../../../actors/mod.ts";
import { checkPassword, hashPassword, userCaller } from "../auth/mod.ts";
import { claiming } from "../claims.ts";
import { entriesOf } from "../creation.ts";
import type { HttpGround } from "../ground.ts";
import { listPage } from "../lists.ts";
import { HttpProblem } from "../problem.ts";
import { accepted, commandContext, written } from "../request.ts";
import { type HttpApp, type HttpContext, onAnybody, onUser } from "../route.ts";
import {
  listQueryShape,
  pageSchema,
  profileOf,
  profileShape,
  userSchema,
  uuidSchema,
} from "../schemas.ts";
import { emailClaim, emailSchema, sealedPerson, shownUser } from "./person.ts";

/** Mainflux 0.13 says email and password, 0.14 credentials. */
const createSchema = z.object({
  ...profileShape,
  id: uuidSchema.optional(),
  email: emailSchema.optional(),
  password: z.string().optional(),
  credentials: z.object({
    identity: emailSchema.optional(),
    secret: z.string().optional(),
  }).optional(),
  role: z.enum(["admin", "user"]).optional(),
});
type Body = z.infer<typeof createSchema>;

export function registerAccounts(app: HttpApp, ground: HttpGround): void {
  onAnybody(app, {
    method: "post",
    path: "/users",
    summary: "Creates a user; where self-registration is off, only an admin may",
    body: createSchema,
    status: 201,
    answer: userSchema,
  }, (context, { body }) => createUser(ground, context, body));
  onUser({ app, ground }, {
    method: "get",
    path: "/users",
    summary: "Lists the users of the domain, for admins",
    query: z.object({ ...listQueryShape, email: z.string().optional() }),
    status: 200,
    answer: pageSchema("users", userSchema),
  }, (context, { query, caller }) => {
    if (caller.authority.role === "user") {
      throw new HttpProblem(403, "Cannot list users: only an admin may");
    }
    const { email, ...rest } = query;
    return listPage(ground, context, {
      kind: "user",
      caller,
      query: rest,
      ...(email === undefined ? {} : { filter: { email: email.toLowerCase() } }),
      show: shownUser,
    });
  });
}

interface Registrar {
  readonly by: Authority;
  readonly principal: Principal;
  readonly domainId: string;
}

/** Who creates the user: an admin, or the person that is to be the user. */
async function registrarOf(
  ground: HttpGround,
  context: HttpContext,
): Promise<Registrar | undefined> {
  if (context.req.header("authorization") === undefined && ground.selfRegister) return undefined;
  const caller = await userCaller(ground, context);
  if (caller.authority.role === "user" && !ground.selfRegister) {
    throw new HttpProblem(403, "Cannot create a user: only an admin may");
  }
  if (caller.authority.role === "user") return undefined;
  const { authority: by, principal, domainId } = caller;
  return { by, principal, domainId };
}

async function createUser(
  ground: HttpGround,
  context: HttpContext,
  body: Body,
): Promise<Response> {
  const registrar = await registrarOf(ground, context);
  const { email, password } = credentialsOf(body);
  if (registrar === undefined && body.role === "admin") {
    throw new HttpProblem(403, "Cannot create an admin: only an admin may", "role");
  }
  const nobody: Principal = { kind: "anonymous", id: "anonymous" };
  const domainId = registrar?.domainId ?? ground.domainId;
  const by = commandContext(ground, context, {
    principal: registrar?.principal ?? nobody,
    // Nobody's requests share a principal: only the same address may meet the same repeat.
    part: ground.secrets.hashEmail(email),
  });
  const userId = body.id ?? derivedId(`${by.commandId}\nid`);
  const { tags, ...described } = profileOf(body);
  const value = emailClaim(ground, { email, holderId: userId, domainId, context: by });
  const passwordHash = await hashPassword(password);
  const { position } = accepted(
    await claiming(ground, value, async () =>
      await ground.runtime.execute(userKind, {
        id: userId,
        command: {
          type: "CreateUser",
          by: registrar?.by ?? { userId, role: "user" },
          userId,
          domainId,
          role: body.role ?? "user",
          emailHash: value.hash,
          passwordHash,
          personal: await sealedPerson(ground, userId, { email, ...described }),
          ...(tags === undefined ? {} : { tags }),
        },
        context: by,
      })),
  );
  await written(ground, context, { position });
  const [entry] = await entriesOf(ground, { kind: "user", ids: [userId] });
  context.header("Location", `/users/${userId}`);
  return context.json(shownUser(entry!), 201);
}

function credentialsOf(body: Body): { readonly email: string; readonly password: string } {
  const email = body.email ?? body.credentials?.identity;
  const password = body.password ?? body.credentials?.secret;
  if (email === undefined) {
    throw new HttpProblem(
      400,
      "Cannot create a user without an address: email or credentials.identity is needed",
      "email",
    );
  }
  if (password === undefined) {
    throw new HttpProblem(
      400,
      "Cannot create a user without a password: password or credentials.secret is needed",
      "password",
    );
  }
  checkPassword(password, body.password === undefined ? "credentials.secret" : "password");
  return { email, password };
}
