import { errors, jwtVerify, SignJWT } from "jose";
import { HttpProblem } from "../problem.ts";
import { ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_SECONDS } from "../limits.ts";

/** What a token is for: one kind is never taken for another. */
export type TokenUse = "access" | "refresh" | "key";

export interface TokenClaims {
  readonly userId: string;
  readonly use: TokenUse;
  readonly issuedAtMs: number;
  /** Id of the API key, for `key`. */
  readonly tokenId: string;
}

const ISSUER = "millrace";
const ALGORITHM = "HS256";
const SECONDS: Readonly<Record<"access" | "refresh", number>> = {
  access: ACCESS_TOKEN_SECONDS,
  refresh: REFRESH_TOKEN_SECONDS,
};

/** A token of the platform (RFC 7519), signed under the installation's key. */
export function signToken(
  key: Uint8Array,
  claims: TokenClaims & { readonly expiresAtMs?: number },
): Promise<string> {
  const issuedAt = Math.floor(claims.issuedAtMs / 1_000);
  const token = new SignJWT({ use: claims.use, iatms: claims.issuedAtMs })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setIssuer(ISSUER)
    .setSubject(claims.userId)
    .setJti(claims.tokenId)
    .setIssuedAt(issuedAt);
  if (claims.use !== "key") token.setExpirationTime(issuedAt + SECONDS[claims.use]);
  else if (claims.expiresAtMs !== undefined) {
    token.setExpirationTime(Math.floor(claims.expiresAtMs / 1_000));
  }
  return token.sign(key);
}

/** Throws 401, saying what is wrong with the token. */
export async function readToken(
  token: string,
  options: { readonly key: Uint8Array; readonly nowMs: number },
): Promise<TokenClaims> {
  try {
    const { payload } = await jwtVerify(token, options.key, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      currentDate: new Date(options.nowMs),
    });
    return {
      userId: payload.sub ?? "",
      use: payload["use"] as TokenUse,
      issuedAtMs: payload["iatms"] as number,
      tokenId: payload.jti ?? "",
    };
  } catch (error) {
    throw new HttpProblem(401, `Cannot accept the token: ${whatIsWrong(error)}`);
  }
}

function whatIsWrong(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired, get a new one";
  if (error instanceof errors.JOSEAlgNotAllowed) return `its algorithm is not ${ALGORITHM}`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return "its signature does not match";
  return "it is not a token of this platform";
}
