import { Buffer } from "node:buffer";
import type { Context } from "hono";
import type { Authority, Principal } from "../../../actors/mod.ts";
import type { ThingAccess, UserAccess } from "../../../projections/mod.ts";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import { readToken, type TokenClaims } from "./tokens.ts";

/** A user whose token was checked. */
export interface UserCaller {
  readonly kind: "user";
  readonly authority: Authority;
  readonly principal: Principal;
  readonly domainId: string;
  /** True if an API key spoke, not a person that had signed in. */
  readonly byKey: boolean;
}

export interface ThingCaller {
  readonly kind: "thing";
  readonly thing: ThingAccess;
}

/** `Bearer <token>`, or the bare token as Mainflux took it up to 0.12. */
export async function userCaller(ground: HttpGround, context: Context): Promise<UserCaller> {
  const header = context.req.header("authorization");
  if (header === undefined) {
    throw new HttpProblem(
      401,
      "Cannot answer: the header 'Authorization: Bearer <token>' is missing",
    );
  }
  const claims = await claimsOf(ground, header);
  if (claims.use === "refresh") {
    throw new HttpProblem(
      401,
      "Cannot accept the token: it is a refresh token, an access token is needed",
    );
  }
  return { ...callerOf(userOf(ground, claims)), byKey: claims.use === "key" };
}

/** What a refresh token says, and nothing else than one. */
export async function refreshingUser(ground: HttpGround, header: string): Promise<UserAccess> {
  const claims = await claimsOf(ground, header);
  if (claims.use !== "refresh") {
    throw new HttpProblem(401, "Cannot refresh: this is not a refresh token");
  }
  return userOf(ground, claims);
}

function claimsOf(ground: HttpGround, header: string): Promise<TokenClaims> {
  const token = header.replace(/^bearer\s+/i, "").trim();
  return readToken(token, { key: ground.secrets.tokenKey, nowMs: ground.clock.nowMs() });
}

/** The user that a token speaks for, if it still may. */
export function userOf(ground: HttpGround, claims: TokenClaims): UserAccess {
  const user = ground.access.user(claims.userId);
  if (user === undefined || !user.enabled) {
    throw new HttpProblem(401, "Cannot accept the token: its user does not exist or is disabled");
  }
  if (claims.issuedAtMs < user.tokensValidFromMs) {
    throw new HttpProblem(
      401,
      "Cannot accept the token: the password was changed since, get a new one",
    );
  }
  if (
    claims.use === "key" &&
    !keyIsValid(user, { keyId: claims.tokenId, nowMs: ground.clock.nowMs() })
  ) {
    throw new HttpProblem(401, "Cannot accept the key: it was revoked or has expired");
  }
  return user;
}

function keyIsValid(
  user: UserAccess,
  { keyId, nowMs }: { readonly keyId: string; readonly nowMs: number },
): boolean {
  if (!Object.hasOwn(user.apiKeys, keyId)) return false;
  const expiresAtMs = user.apiKeys[keyId]?.expiresAtMs;
  return expiresAtMs === undefined || expiresAtMs > nowMs;
}

export function callerOf(user: UserAccess): UserCaller {
  return {
    kind: "user",
    authority: { userId: user.id, role: user.role },
    principal: { kind: "user", id: user.id },
    domainId: user.domainId,
    byKey: false,
  };
}

/** The key of `Thing <key>`, `Client <key>`, Basic (as its password), or a bare key. */
export function thingKeyOf(header: string): string {
  const space = header.indexOf(" ");
  if (space < 0) return header;
  const scheme = header.slice(0, space).toLowerCase();
  const rest = header.slice(space + 1).trim();
  if (scheme !== "basic") return rest;
  const clear = Buffer.from(rest, "base64").toString("utf8");
  return clear.slice(clear.indexOf(":") + 1);
}

/** A thing by its key; throws 401 or, if it is disabled, 403. */
export function thingCaller(ground: HttpGround, header: string | undefined): ThingCaller {
  if (header === undefined || header === "") {
    throw new HttpProblem(401, "Cannot answer: the header 'Authorization: Thing <key>' is missing");
  }
  const thing = ground.access.thingByKey(thingKeyOf(header));
  if (thing === undefined) throw new HttpProblem(401, "Cannot accept the key: no thing has it");
  if (!thing.enabled) {
    throw new HttpProblem(403, `Cannot act for thing '${thing.id}': it is disabled`);
  }
  return { kind: "thing", thing };
}

/** Readers take either: a key names a thing, anything that looks like a token a user. */
export function eitherCaller(
  ground: HttpGround,
  context: Context,
): Promise<UserCaller> | ThingCaller {
  const header = context.req.header("authorization");
  if (header !== undefined && /^(thing|client|basic)\s/i.test(header)) {
    return thingCaller(ground, header);
  }
  if (header !== undefined && !/^bearer\s/i.test(header) && header.split(".").length !== 3) {
    return thingCaller(ground, header);
  }
  return userCaller(ground, context);
}
