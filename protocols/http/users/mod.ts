/**
 * Users and their tokens by HTTP.
 *
 * Main path: `accounts.ts` creates a user under a claimed e-mail address; `tokens.ts` checks the
 * password against the actor's state and signs tokens; `profile_routes.ts` shows and changes;
 * `token_check.ts` answers proxies that ask whose token they were given.
 *
 * No personal field enters a command unsealed, and no password goes on before it is hashed.
 */
import type { HttpGround } from "../ground.ts";
import type { HttpApp } from "../route.ts";
import { registerAccounts } from "./accounts.ts";
import { registerPasswords } from "./password_routes.ts";
import { registerProfiles } from "./profile_routes.ts";
import { registerTokenCheck } from "./token_check.ts";
import { registerTokens } from "./tokens.ts";

export function registerUsers(app: HttpApp, ground: HttpGround): void {
  registerTokens(app, ground);
  registerTokenCheck(app, ground);
  registerPasswords(app, ground);
  registerAccounts(app, ground);
  registerProfiles(app, ground);
}
