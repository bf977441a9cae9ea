import { NEVER_EXPIRES } from "../durable_session/mod.ts";
import { type Authority, checkProfile, profileData } from "../entity/mod.ts";
import { assertNever, reject, type Rejection } from "../errors.ts";
import type { Decider } from "../runtime/mod.ts";
import type { DomainCommand } from "./commands.ts";
import type { TenantEvent } from "./events.ts";
import { evolveDomain } from "./evolve.ts";
import type { DomainState, LiveDomain } from "./state.ts";

type Decision = readonly TenantEvent[] | Rejection;

export const domainDecider: Decider<DomainCommand, TenantEvent, DomainState> = {
  initialState: { status: "absent" },
  evolve: evolveDomain,
  decide(command, state) {
    const refused = checkIsAdmin(command.by);
    if (refused !== undefined) return refused;
    if (command.type === "CreateDomain") return create(command, state);
    switch (state.status) {
      case "absent":
        return reject("not_found", "Cannot find the domain: it does not exist");
      case "enabled":
      case "disabled":
        return change(command, state);
      default:
        return assertNever(state);
    }
  },
};

type Change = Exclude<DomainCommand, { type: "CreateDomain" }>;

function checkIsAdmin(by: Authority): Rejection | undefined {
  if (by.role !== "user") return undefined;
  return reject("forbidden", `Cannot change a domain: user '${by.userId}' is not an admin`);
}

function create(
  command: Extract<DomainCommand, { type: "CreateDomain" }>,
  state: DomainState,
): Decision {
  if (state.status !== "absent") {
    return reject("conflict", "Cannot create the domain: its id was given out before", "id");
  }
  return checkProfile(command.profile) ?? [{
    type: "DomainCreated",
    data: {
      domainId: command.domainId,
      name: command.profile.name ?? "",
      metadata: command.profile.metadata ?? {},
      tags: [...command.profile.tags ?? []],
      createdBy: command.by.userId,
    },
  }];
}

function change(command: Change, state: LiveDomain): Decision {
  switch (command.type) {
    case "UpdateDomain":
      return update(command);
    case "LimitDomainSessionExpiry":
      return limitSessionExpiry(command, state);
    case "EnableDomain":
      return state.status === "enabled" ? [] : [{ type: "DomainEnabled", data: {} }];
    case "DisableDomain":
      return state.status === "disabled" ? [] : [{ type: "DomainDisabled", data: {} }];
    default:
      return assertNever(command);
  }
}

function limitSessionExpiry(
  { seconds = null }: { readonly seconds?: number | null },
  { sessionExpirySecondsMax }: LiveDomain,
): Decision {
  if (seconds === sessionExpirySecondsMax) return [];
  if (seconds !== null && !(Number.isInteger(seconds) && seconds >= 0 && seconds < NEVER_EXPIRES)) {
    return reject(
      "invalid",
      `Cannot limit sessions to '${seconds}' seconds: a whole number from 0 to ${
        NEVER_EXPIRES - 1
      } is needed`,
      "seconds_max",
    );
  }
  return [{ type: "DomainSessionExpiryLimited", data: { sessionExpirySecondsMax: seconds } }];
}

function update(command: Extract<Change, { type: "UpdateDomain" }>): Decision {
  const refused = checkProfile(command.profile);
  if (refused !== undefined) return refused;
  const data = profileData(command.profile);
  return Object.keys(data).length === 0 ? [] : [{ type: "DomainUpdated", data }];
}
