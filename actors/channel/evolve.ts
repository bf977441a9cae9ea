import { assertNever, InvariantViolation } from "../errors.ts";
import type { ChannelEvent } from "./events.ts";
import type { ChannelState, LiveChannel } from "./state.ts";

export function evolveChannel(state: ChannelState, event: ChannelEvent): ChannelState {
  if (event.type === "ChannelCreated") {
    const { domainId, ownerId } = event.data;
    return { status: "enabled", domainId, ownerId, shares: {} };
  }
  if (state.status === "absent" || state.status === "removed") {
    throw new InvariantViolation(`Cannot apply '${event.type}': the channel is ${state.status}`);
  }
  return changed(state, event);
}

function changed(
  state: LiveChannel,
  event: Exclude<ChannelEvent, { type: "ChannelCreated" }>,
): ChannelState {
  switch (event.type) {
    case "ChannelUpdated":
      return state;
    case "ChannelOwnerChanged":
      return { ...state, ownerId: event.data.ownerId };
    case "ChannelEnabled":
      return { ...state, status: "enabled" };
    case "ChannelDisabled":
      return { ...state, status: "disabled" };
    case "ChannelShared":
      return { ...state, shares: { ...state.shares, [event.data.userId]: event.data.policies } };
    case "ChannelUnshared": {
      const { [event.data.userId]: _, ...shares } = state.shares;
      return { ...state, shares };
    }
    case "ChannelRemoved":
      return { status: "removed", domainId: state.domainId };
    default:
      return assertNever(event);
  }
}
