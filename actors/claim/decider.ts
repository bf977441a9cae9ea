import { assertNever, reject, type Rejection } from "../errors.ts";
import type { Decider } from "../runtime/mod.ts";
import type { ClaimCommand } from "./commands.ts";
import type { ClaimEvent } from "./events.ts";
import { evolveClaim } from "./evolve.ts";
import type { ClaimState } from "./state.ts";

type Decision = readonly ClaimEvent[] | Rejection;

export const claimDecider: Decider<ClaimCommand, ClaimEvent, ClaimState> = {
  initialState: { status: "absent" },
  evolve: evolveClaim,
  decide(command, state) {
    switch (command.type) {
      case "Claim":
        return claim(command, state);
      case "ReleaseClaim":
        // Whoever does not hold it has nothing to release: a repeat, or an orphan that was taken over.
        return state.status === "held" && state.holderId === command.holderId
          ? [{ type: "ClaimReleased", data: { holderId: command.holderId } }]
          : [];
      default:
        return assertNever(command);
    }
  },
};

function claim(command: Extract<ClaimCommand, { type: "Claim" }>, state: ClaimState): Decision {
  const { domainId, holderId, orphanOf } = command;
  const claimed: ClaimEvent = { type: "Claimed", data: { domainId, holderId } };
  switch (state.status) {
    case "absent":
    case "released":
      return [claimed];
    case "held":
      if (state.holderId === holderId) return [];
      // Between the caller's look and this command another may have taken it over: ask for that one.
      if (state.holderId === orphanOf) {
        return [{ type: "ClaimReleased", data: { holderId: state.holderId } }, claimed];
      }
      // The holder's name stays out of the answer: it may be of another domain.
      return reject("conflict", "Cannot claim the value: it is in use, another one is needed");
    default:
      return assertNever(state);
  }
}
