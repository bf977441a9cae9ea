/**
 * A user: a person with a role in one domain, a password and keys for programs.
 *
 * Main path: a command reaches `userDecider`, which answers events of the stream `user-<id>`;
 * `evolveUser` folds them into the state that the next decision and the next login read.
 *
 * Pure: no clock, no chance, no I/O. Nothing that tells who a person is may come here in clear:
 * personal fields arrive encrypted under the user's own key, the e-mail address as a keyed hash,
 * the password as an argon2id hash. That an address has one user is a claim's business.
 */
export type { UserCommand } from "./commands.ts";
export { USER_ROLES, type UserEvent, type UserRole } from "./events.ts";
export {
  API_KEY_LABEL_LENGTH_MAX,
  API_KEYS_PER_USER_MAX,
  type ApiKeys,
  PERSONAL_LENGTH_MAX,
  type UserState,
} from "./state.ts";
export { userKind } from "./kind.ts";
