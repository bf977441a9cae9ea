import { assertNever, InvariantViolation } from "../errors.ts";
import type { TenantEvent } from "./events.ts";
import type { DomainState } from "./state.ts";

export function evolveDomain(state: DomainState, event: TenantEvent): DomainState {
  if (event.type === "DomainCreated") {
    return {
      status: "enabled",
      domainId: event.data.domainId,
      sessionExpirySecondsMax: null,
    };
  }
  if (state.status === "absent") {
    throw new InvariantViolation(`Cannot apply '${event.type}': the domain is absent`);
  }
  switch (event.type) {
    case "DomainUpdated":
      return state;
    case "DomainSessionExpiryLimited":
      return { ...state, ...event.data };
    case "DomainEnabled":
      return { ...state, status: "enabled" };
    case "DomainDisabled":
      return { ...state, status: "disabled" };
    default:
      return assertNever(event);
  }
}
