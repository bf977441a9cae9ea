import { checkAuthority, checkProfile, type Policy, profileData } from "../entity/mod.ts";
import { assertNever, reject, type Rejection } from "../errors.ts";
import type { Decider } from "../runtime/mod.ts";
import type { ChannelCommand } from "./commands.ts";
import type { ChannelEvent } from "./events.ts";
import { evolveChannel } from "./evolve.ts";
import type { ChannelState, LiveChannel } from "./state.ts";

type Decision = readonly ChannelEvent[] | Rejection;

export const channelDecider: Decider<ChannelCommand, ChannelEvent, ChannelState> = {
  initialState: { status: "absent" },
  evolve: evolveChannel,
  decide(command, state) {
    if (command.type === "CreateChannel") return create(command, state);
    switch (state.status) {
      case "absent":
      case "removed":
        return reject("not_found", "Cannot find the channel: it does not exist or was removed");
      case "enabled":
      case "disabled":
        return checkAuthority(command.by, state, policyFor(command)) ?? change(command, state);
      default:
        return assertNever(state);
    }
  },
};

type Change = Exclude<ChannelCommand, { type: "CreateChannel" }>;

function policyFor(command: Change): Policy {
  return command.type === "RemoveChannel" ? "delete" : "write";
}

function create(
  command: Extract<ChannelCommand, { type: "CreateChannel" }>,
  state: ChannelState,
): Decision {
  if (state.status !== "absent") {
    return reject("conflict", "Cannot create the channel: its id was given out before", "id");
  }
  return checkProfile(command.profile) ?? [{
    type: "ChannelCreated",
    data: {
      domainId: command.domainId,
      ownerId: command.by.userId,
      name: command.profile.name ?? "",
      metadata: command.profile.metadata ?? {},
      tags: [...command.profile.tags ?? []],
      ...(command.parentId === undefined ? {} : { parentId: command.parentId }),
    },
  }];
}

function change(command: Change, state: LiveChannel): Decision {
  switch (command.type) {
    case "UpdateChannel":
      return update(command);
    case "ChangeChannelOwner":
      return command.ownerId === state.ownerId
        ? []
        : [{ type: "ChannelOwnerChanged", data: { ownerId: command.ownerId } }];
    case "EnableChannel":
      return state.status === "enabled" ? [] : [{ type: "ChannelEnabled", data: {} }];
    case "DisableChannel":
      return state.status === "disabled" ? [] : [{ type: "ChannelDisabled", data: {} }];
    case "ShareChannel":
      return share(command, state);
    case "UnshareChannel":
      return Object.hasOwn(state.shares, command.userId)
        ? [{ type: "ChannelUnshared", data: { userId: command.userId } }]
        : [];
    case "RemoveChannel":
      return [{ type: "ChannelRemoved", data: {} }];
    default:
      return assertNever(command);
  }
}

function update(command: Extract<Change, { type: "UpdateChannel" }>): Decision {
  const refused = checkProfile(command.profile);
  if (refused !== undefined) return refused;
  const data = profileData(command.profile);
  return Object.keys(data).length === 0 ? [] : [{ type: "ChannelUpdated", data }];
}

function share(command: Extract<Change, { type: "ShareChannel" }>, state: LiveChannel): Decision {
  const policies = [...new Set(command.policies)].sort();
  if (policies.length === 0) {
    return reject(
      "invalid",
      "Cannot share: policies is empty, 'read', 'write' or 'delete' is needed",
      "policies",
    );
  }
  const known = Object.hasOwn(state.shares, command.userId)
    ? state.shares[command.userId]
    : undefined;
  if (known?.join() === policies.join()) return [];
  return [{ type: "ChannelShared", data: { userId: command.userId, policies } }];
}
