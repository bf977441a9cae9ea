import { assertNever, InvariantViolation } from "../errors.ts";
import type { ClaimEvent } from "./events.ts";
import type { ClaimState } from "./state.ts";

export function evolveClaim(state: ClaimState, event: ClaimEvent): ClaimState {
  switch (event.type) {
    case "Claimed":
      if (state.status === "held") {
        throw new InvariantViolation("Cannot apply 'Claimed': the claim is held");
      }
      return { status: "held", domainId: event.data.domainId, holderId: event.data.holderId };
    case "ClaimReleased":
      if (state.status !== "held") {
        throw new InvariantViolation(`Cannot apply 'ClaimReleased': the claim is ${state.status}`);
      }
      return { status: "released", domainId: state.domainId };
    default:
      return assertNever(event);
  }
}
