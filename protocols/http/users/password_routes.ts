import { z } from "@hono/zod-openapi";
import { userKind } from "../../../actors/mod.ts";
import { checkPassword, hashPassword, passwordMatches, type UserCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { PASSWORD_LENGTH_MAX } from "../limits.ts";
import { executed } from "../managed.ts";
import { HttpProblem } from "../problem.ts";
import { commandContext, written } from "../request.ts";
import { type HttpApp, type HttpContext, onUser } from "../route.ts";
import { userSchema } from "../schemas.ts";
import { type Attempts, boundedAttempts } from "./attempts.ts";
import { shownUser, userEntry } from "./person.ts";

const textSchema = z.string().max(PASSWORD_LENGTH_MAX);

/** A change of password voids every token that was issued before. */
export function registerPasswords(app: HttpApp, ground: HttpGround): void {
  const attempts = boundedAttempts(() => ground.clock.nowMs());
  onUser({ app, ground }, {
    method: "patch",
    path: "/password",
    summary: "Changes the caller's password (Mainflux 0.13)",
    body: z.object({ password: textSchema, old_password: textSchema }),
    status: 201,
    answer: z.object({}),
  }, async (context, { body, caller }) => {
    await change(ground, context, {
      caller,
      attempts,
      old: body.old_password,
      fresh: { value: body.password, field: "password" },
    });
    return context.json({}, 201);
  });
  onUser({ app, ground }, {
    method: "patch",
    path: "/users/secret",
    summary: "Changes the caller's password (Mainflux 0.14)",
    body: z.object({ old_secret: textSchema, new_secret: textSchema }),
    status: 200,
    answer: userSchema,
  }, async (context, { body, caller }) => {
    await change(ground, context, {
      caller,
      attempts,
      old: body.old_secret,
      fresh: { value: body.new_secret, field: "new_secret" },
    });
    const id = caller.authority.userId;
    return context.json(shownUser(await userEntry(ground, context, { id, caller })));
  });
}

async function change(
  ground: HttpGround,
  context: HttpContext,
  { caller, attempts, old, fresh }: {
    readonly caller: UserCaller;
    readonly attempts: Attempts;
    readonly old: string;
    readonly fresh: { readonly value: string; readonly field: string };
  },
): Promise<void> {
  checkPassword(fresh.value, fresh.field);
  const id = caller.authority.userId;
  attempts.begin(id);
  const state = await ground.runtime.inspect(userKind, id);
  const stored = state.status === "absent" ? undefined : state.passwordHash;
  if (!await passwordMatches(old, stored)) {
    throw new HttpProblem(401, "Cannot change the password: the old one does not match");
  }
  attempts.succeeded(id);
  const { position } = await executed(ground, userKind, {
    id,
    command: {
      type: "ChangeUserPassword",
      by: caller.authority,
      passwordHash: await hashPassword(fresh.value),
    },
    context: commandContext(ground, context, { principal: caller.principal }),
  });
  await written(ground, context, { position });
}
