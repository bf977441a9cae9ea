import { z } from "@hono/zod-openapi";
import {
  API_KEY_LABEL_LENGTH_MAX,
  derivedId,
  type JsonObject,
  userKind,
} from "../../../actors/mod.ts";
import { signToken, type UserCaller } from "../auth/mod.ts";
import { entryOf } from "../entities.ts";
import type { HttpGround } from "../ground.ts";
import { API_KEY_SECONDS_MAX, API_KEY_TYPE } from "../limits.ts";
import { executed } from "../managed.ts";
import { HttpProblem } from "../problem.ts";
import { commandContext, written } from "../request.ts";
import { type HttpApp, onUser } from "../route.ts";
import { uuidSchema } from "../schemas.ts";

const issueSchema = z.object({
  type: z.literal(API_KEY_TYPE, "2 (API key) is the only type that can be issued").optional(),
  duration: z.number().int().min(0).max(API_KEY_SECONDS_MAX).optional().openapi({
    description: "seconds; 0 or absent: until it is revoked",
  }),
  label: z.string().max(API_KEY_LABEL_LENGTH_MAX).optional(),
});

const keyShape = {
  id: uuidSchema,
  type: z.literal(API_KEY_TYPE),
  issuer_id: uuidSchema,
  issued_at: z.string(),
  expires_at: z.string().optional(),
  label: z.string().optional(),
};

export function registerKeys(app: HttpApp, ground: HttpGround): void {
  registerIssuing(app, ground);
  onUser({ app, ground }, {
    method: "get",
    path: "/keys/{id}",
    summary: "Shows when a key of the caller was issued, and when it expires",
    status: 200,
    answer: z.object(keyShape),
  }, async (context, { params, caller }) => {
    const id = params["id"]!;
    const { userId } = caller.authority;
    const user = await entryOf(ground, context, {
      kind: "user",
      id: userId,
      domainId: caller.domainId,
    });
    const keys = user.fields["apiKeys"] as { readonly [id: string]: JsonObject };
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (key === undefined) throw new HttpProblem(404, `Cannot find key '${id}': it does not exist`);
    return context.json(shownKey({
      id,
      userId,
      issuedAtMs: key["issuedAtMs"] as number,
      expiresAtMs: key["expiresAtMs"] as number | undefined,
      label: key["label"] as string | undefined,
    }));
  });
  onUser({ app, ground }, {
    method: "delete",
    path: "/keys/{id}",
    summary: "Revokes a key of the caller",
    status: 204,
  }, async (context, { params, caller }) => {
    const { position } = await executed(ground, userKind, {
      id: caller.authority.userId,
      command: { type: "RevokeApiKey", by: caller.authority, keyId: params["id"]! },
      context: commandContext(ground, context, { principal: caller.principal }),
    });
    await written(ground, context, { position });
    return context.body(null, 204);
  });
}

function registerIssuing(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "post",
    path: "/keys",
    summary: "Issues a key for a program; its value is shown this once",
    body: issueSchema,
    status: 201,
    answer: z.object({ ...keyShape, value: z.string() }),
  }, async (context, { body, caller }) => {
    checkPerson(caller);
    const { userId } = caller.authority;
    const by = commandContext(ground, context, { principal: caller.principal });
    const keyId = derivedId(`${by.commandId}\nkey`);
    const issuedAtMs = ground.clock.nowMs();
    const expires = body.duration === undefined || body.duration === 0
      ? {}
      : { expiresAtMs: issuedAtMs + body.duration * 1_000 };
    const label = body.label === undefined ? {} : { label: body.label };
    const { position } = await executed(ground, userKind, {
      id: userId,
      command: {
        type: "IssueApiKey",
        by: caller.authority,
        keyId,
        issuedAtMs,
        ...expires,
        ...label,
      },
      context: by,
    });
    const value = await signToken(ground.secrets.tokenKey, {
      userId,
      use: "key",
      issuedAtMs,
      tokenId: keyId,
      ...expires,
    });
    await written(ground, context, { position });
    context.header("Location", `/keys/${keyId}`);
    return context.json({
      ...shownKey({ id: keyId, userId, issuedAtMs, ...expires, ...label }),
      value,
    }, 201);
  });
}

/** A key that could issue keys would outlive its own revocation. */
function checkPerson(caller: UserCaller): void {
  if (!caller.byKey) return;
  throw new HttpProblem(403, "Cannot issue a key by a key: sign in with the password");
}

function shownKey(key: {
  readonly id: string;
  readonly userId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs?: number | undefined;
  readonly label?: string | undefined;
}): Record<string, unknown> {
  return {
    id: key.id,
    type: API_KEY_TYPE,
    issuer_id: key.userId,
    issued_at: new Date(key.issuedAtMs).toISOString(),
    ...(key.expiresAtMs === undefined
      ? {}
      : { expires_at: new Date(key.expiresAtMs).toISOString() }),
    ...(key.label === undefined ? {} : { label: key.label }),
  };
}
