import { assertNever, InvariantViolation } from "../errors.ts";
import type { UserEvent } from "./events.ts";
import { type ApiKeys, type LiveUser, unexpiredKeys, type UserState } from "./state.ts";

export function evolveUser(state: UserState, event: UserEvent): UserState {
  if (event.type === "UserCreated") {
    const { userId, domainId, role, emailHash, passwordHash } = event.data;
    return { status: "enabled", userId, domainId, role, emailHash, passwordHash, apiKeys: {} };
  }
  if (state.status === "absent") {
    throw new InvariantViolation(`Cannot apply '${event.type}': the user is absent`);
  }
  return changed(state, event);
}

function changed(state: LiveUser, event: Exclude<UserEvent, { type: "UserCreated" }>): UserState {
  switch (event.type) {
    case "UserUpdated":
      return state;
    case "UserEmailChanged":
      return { ...state, emailHash: event.data.emailHash };
    case "UserPasswordChanged":
      return { ...state, passwordHash: event.data.passwordHash };
    case "UserRoleChanged":
      return { ...state, role: event.data.role };
    case "UserEnabled":
      return { ...state, status: "enabled" };
    case "UserDisabled":
      return { ...state, status: "disabled" };
    case "ApiKeyIssued":
      return { ...state, apiKeys: withKey(state.apiKeys, event.data) };
    case "ApiKeyRevoked": {
      const { [event.data.keyId]: _, ...apiKeys } = state.apiKeys;
      return { ...state, apiKeys };
    }
    default:
      return assertNever(event);
  }
}

/** Expired keys leave here, so that the state stays bounded although nobody revokes them. */
function withKey(
  keys: ApiKeys,
  issued: Extract<UserEvent, { type: "ApiKeyIssued" }>["data"],
): ApiKeys {
  const { keyId, issuedAtMs, expiresAtMs } = issued;
  return {
    ...unexpiredKeys(keys, issuedAtMs),
    [keyId]: expiresAtMs === undefined ? {} : { expiresAtMs },
  };
}
