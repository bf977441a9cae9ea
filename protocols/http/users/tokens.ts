import { z } from "@hono/zod-openapi";
import { userKind } from "../../../actors/mod.ts";
import type { UserAccess } from "../../../projections/mod.ts";
import { passwordMatches, refreshingUser, signToken } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { EMAIL_LENGTH_MAX, PASSWORD_LENGTH_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { remoteAddressOf, waitedFor } from "../request.ts";
import { type HttpApp, type HttpContext, onAnybody } from "../route.ts";
import { type Attempts, boundedAttempts } from "./attempts.ts";

const pairSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  access_type: z.literal("Bearer"),
});

export function registerTokens(app: HttpApp, ground: HttpGround): void {
  const attempts = boundedAttempts(() => ground.clock.nowMs());
  const name = z.string().min(1).max(EMAIL_LENGTH_MAX);
  const password = z.string().min(1).max(PASSWORD_LENGTH_MAX);
  onAnybody(app, {
    method: "post",
    path: "/tokens",
    summary: "Signs in, as Mainflux 0.13 does",
    body: z.object({ email: name, password }),
    status: 201,
    answer: pairSchema.extend({ token: z.string() }),
  }, async (context, { body }) => {
    const user = await signedIn(ground, context, { name: body.email, ...body, attempts });
    const pair = await tokenPair(ground, user.id);
    return context.json({ token: pair.access_token, ...pair }, 201);
  });
  onAnybody(app, {
    method: "post",
    path: "/users/tokens/issue",
    summary: "Signs in, as Mainflux 0.14 does",
    body: z.object({ identity: name, secret: password }),
    status: 201,
    answer: pairSchema,
  }, async (context, { body }) => {
    const { identity, secret } = body;
    const user = await signedIn(ground, context, { name: identity, password: secret, attempts });
    return context.json(await tokenPair(ground, user.id), 201);
  });
  onAnybody(app, {
    method: "post",
    path: "/users/tokens/refresh",
    summary: "Gives fresh tokens for the refresh token in the header Authorization",
    status: 201,
    answer: pairSchema,
  }, async (context) => {
    await waitedFor(ground, context, { projections: ["access"] });
    const header = context.req.header("authorization");
    if (header === undefined) {
      throw new HttpProblem(
        401,
        "Cannot refresh: 'Authorization: Bearer <refresh token>' is missing",
      );
    }
    const user = await refreshingUser(ground, header);
    return context.json(await tokenPair(ground, user.id), 201);
  });
}

/** The user of this name and password; throws 401, which says nothing about which of them is wrong. */
async function signedIn(
  ground: HttpGround,
  context: HttpContext,
  given: {
    readonly name: string;
    readonly password: string;
    readonly attempts: Attempts;
  },
): Promise<UserAccess> {
  await waitedFor(ground, context, { projections: ["access"] });
  const emailHash = ground.secrets.hashEmail(given.name);
  const who = `${remoteAddressOf(context).replace(/:\d+$/, "")} ${emailHash}`;
  given.attempts.begin(who);
  const user = ground.access.userByEmailHash(emailHash);
  const state = user === undefined ? undefined : await ground.runtime.inspect(userKind, user.id);
  const stored = state?.status === "enabled" && state.emailHash === emailHash
    ? state.passwordHash
    : undefined;
  const matches = await passwordMatches(given.password, stored);
  if (!matches || user === undefined) {
    throw new HttpProblem(401, "Cannot sign in: no enabled user has this e-mail and password");
  }
  given.attempts.succeeded(who);
  return user;
}

async function tokenPair(
  ground: HttpGround,
  userId: string,
): Promise<z.infer<typeof pairSchema>> {
  const sign = (use: "access" | "refresh") =>
    signToken(ground.secrets.tokenKey, {
      userId,
      use,
      issuedAtMs: ground.clock.nowMs(),
      tokenId: ground.newId(),
    });
  const [access, refresh] = await Promise.all([sign("access"), sign("refresh")]);
  return { access_token: access, refresh_token: refresh, access_type: "Bearer" };
}
