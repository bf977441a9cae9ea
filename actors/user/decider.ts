import { type Authority, checkProfile } from "../entity/mod.ts";
import { assertNever, reject, type Rejection } from "../errors.ts";
import type { Decider } from "../runtime/mod.ts";
import type { UserCommand } from "./commands.ts";
import type { UserEvent } from "./events.ts";
import { evolveUser } from "./evolve.ts";
import {
  API_KEY_LABEL_LENGTH_MAX,
  API_KEYS_PER_USER_MAX,
  type LiveUser,
  PERSONAL_LENGTH_MAX,
  unexpiredKeys,
  type UserState,
} from "./state.ts";

type Decision = readonly UserEvent[] | Rejection;

export const userDecider: Decider<UserCommand, UserEvent, UserState> = {
  initialState: { status: "absent" },
  evolve: evolveUser,
  decide(command, state) {
    if (command.type === "CreateUser") return create(command, state);
    switch (state.status) {
      case "absent":
        return reject("not_found", "Cannot find the user: it does not exist");
      case "enabled":
      case "disabled":
        return checkMayChange(command, state) ?? change(command, state);
      default:
        return assertNever(state);
    }
  },
};

type Change = Exclude<UserCommand, { type: "CreateUser" }>;

function create(
  command: Extract<UserCommand, { type: "CreateUser" }>,
  state: UserState,
): Decision {
  const { by, userId, domainId, role, emailHash, passwordHash, personal, tags = [] } = command;
  if (state.status !== "absent") {
    return reject("conflict", "Cannot create the user: its id was given out before", "id");
  }
  if (!isPrivileged(by) && (by.userId !== userId || role !== "user")) {
    return reject(
      "forbidden",
      `Cannot create the user: only an admin may create others or give the role '${role}'`,
    );
  }
  return checkPersonal(personal) ?? checkProfile({ tags }) ?? [{
    type: "UserCreated",
    data: { userId, domainId, role, emailHash, passwordHash, personal, tags: [...tags] },
  }];
}

function isPrivileged(by: Authority): boolean {
  return by.role !== "user";
}

function checkMayChange(command: Change, state: LiveUser): Rejection | undefined {
  const { by, type } = command;
  if (isPrivileged(by)) return undefined;
  if (type === "ChangeUserRole" || type === "EnableUser" || type === "DisableUser") {
    return reject("forbidden", "Cannot change role or status: only an admin may do so");
  }
  if (by.userId !== state.userId) {
    return reject(
      "forbidden",
      `Cannot change the user: '${by.userId}' is neither this user nor an admin`,
    );
  }
  // An access token may outlive the disabling by some minutes.
  if (state.status === "enabled") return undefined;
  return reject("forbidden", "Cannot change the user: it is disabled, an admin must enable it");
}

function change(command: Change, state: LiveUser): Decision {
  switch (command.type) {
    case "UpdateUser":
      return update(command);
    case "ChangeUserEmail":
      return changeEmail(command, state);
    case "ChangeUserPassword":
      return command.passwordHash === state.passwordHash
        ? []
        : [{ type: "UserPasswordChanged", data: { passwordHash: command.passwordHash } }];
    case "ChangeUserRole":
      return command.role === state.role
        ? []
        : [{ type: "UserRoleChanged", data: { role: command.role } }];
    case "EnableUser":
      return state.status === "enabled" ? [] : [{ type: "UserEnabled", data: {} }];
    case "DisableUser":
      return state.status === "disabled" ? [] : [{ type: "UserDisabled", data: {} }];
    case "IssueApiKey":
      return issueKey(command, state);
    case "RevokeApiKey":
      return Object.hasOwn(state.apiKeys, command.keyId)
        ? [{ type: "ApiKeyRevoked", data: { keyId: command.keyId } }]
        : [];
    default:
      return assertNever(command);
  }
}

function update({ personal, tags }: Extract<Change, { type: "UpdateUser" }>): Decision {
  const refused = checkPersonal(personal) ?? checkProfile(tags === undefined ? {} : { tags });
  if (refused !== undefined) return refused;
  if (personal === undefined && tags === undefined) return [];
  return [{
    type: "UserUpdated",
    data: {
      ...(personal === undefined ? {} : { personal }),
      ...(tags === undefined ? {} : { tags: [...tags] }),
    },
  }];
}

function changeEmail(
  { emailHash, personal }: Extract<Change, { type: "ChangeUserEmail" }>,
  state: LiveUser,
): Decision {
  // The ciphertext differs each time, so that the hash alone can tell a repeat.
  if (emailHash === state.emailHash) return [];
  return checkPersonal(personal) ??
    [{ type: "UserEmailChanged", data: { emailHash, personal } }];
}

function checkPersonal(personal: string | undefined): Rejection | undefined {
  if (personal === undefined || personal.length <= PERSONAL_LENGTH_MAX) return undefined;
  return reject(
    "invalid",
    `Cannot accept personal fields of ${personal.length} characters: ` +
      `at most ${PERSONAL_LENGTH_MAX} are allowed`,
  );
}

function issueKey(command: Extract<Change, { type: "IssueApiKey" }>, state: LiveUser): Decision {
  const { keyId, issuedAtMs, expiresAtMs, label } = command;
  if (Object.hasOwn(state.apiKeys, keyId)) {
    return reject("conflict", "Cannot issue the key: its id was given out before", "id");
  }
  if (
    expiresAtMs !== undefined && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs > issuedAtMs)
  ) {
    return reject(
      "invalid",
      `Cannot issue a key that expires at '${expiresAtMs}': a later time than now is needed`,
      "expires_at",
    );
  }
  if (label !== undefined && label.length > API_KEY_LABEL_LENGTH_MAX) {
    return reject(
      "invalid",
      `Cannot accept label of ${label.length} characters: ` +
        `at most ${API_KEY_LABEL_LENGTH_MAX} are allowed`,
      "label",
    );
  }
  if (Object.keys(unexpiredKeys(state.apiKeys, issuedAtMs)).length >= API_KEYS_PER_USER_MAX) {
    return reject(
      "invalid",
      `Cannot issue the key: the user has ${API_KEYS_PER_USER_MAX} keys, which is the limit`,
    );
  }
  return [{
    type: "ApiKeyIssued",
    data: {
      keyId,
      issuedAtMs,
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      ...(label === undefined ? {} : { label }),
    },
  }];
}
