/**
 * Who calls: users by token, things by key.
 *
 * Main path: a handler asks `userCaller`, `thingCaller` or `eitherCaller`; a token is verified, a key
 * recognised by its keyed hash, and both are looked up in the access index, without I/O.
 *
 * Passwords and tokens appear in no log line and in no answer but the one that hands them out.
 */
export {
  callerOf,
  eitherCaller,
  refreshingUser,
  type ThingCaller,
  thingCaller,
  type UserCaller,
  userCaller,
  userOf,
} from "./callers.ts";
export { checkPassword, hashPassword, passwordMatches } from "./passwords.ts";
export { readToken, signToken, type TokenClaims } from "./tokens.ts";
