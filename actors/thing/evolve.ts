import { assertNever, InvariantViolation } from "../errors.ts";
import type { ThingEvent } from "./events.ts";
import type { LiveThing, ThingState } from "./state.ts";

export function evolveThing(state: ThingState, event: ThingEvent): ThingState {
  if (event.type === "ThingCreated") {
    const { domainId, ownerId, key } = event.data;
    return {
      status: "enabled",
      domainId,
      ownerId,
      keyHash: key.hash,
      certificates: [],
      connections: {},
      shares: {},
    };
  }
  if (state.status === "absent" || state.status === "removed") {
    throw new InvariantViolation(`Cannot apply '${event.type}': the thing is ${state.status}`);
  }
  return changed(state, event);
}

function changed(
  state: LiveThing,
  event: Exclude<ThingEvent, { type: "ThingCreated" }>,
): ThingState {
  switch (event.type) {
    case "ThingUpdated":
    case "ThingRecorderStarted":
      return state;
    case "ThingKeyChanged":
      return { ...state, keyHash: event.data.key.hash };
    case "ThingOwnerChanged":
      return { ...state, ownerId: event.data.ownerId };
    case "ThingEnabled":
      return { ...state, status: "enabled" };
    case "ThingDisabled":
      return { ...state, status: "disabled" };
    case "ThingConnected": {
      const { channelId, types } = event.data;
      return { ...state, connections: { ...state.connections, [channelId]: types } };
    }
    case "ThingDisconnected": {
      const { [event.data.channelId]: _, ...connections } = state.connections;
      return { ...state, connections };
    }
    case "ThingShared":
      return { ...state, shares: { ...state.shares, [event.data.userId]: event.data.policies } };
    case "ThingUnshared": {
      const { [event.data.userId]: _, ...shares } = state.shares;
      return { ...state, shares };
    }
    case "ThingCertificateBound":
      return { ...state, certificates: [...state.certificates, event.data.fingerprint] };
    case "ThingCertificateUnbound": {
      const { fingerprint } = event.data;
      return { ...state, certificates: state.certificates.filter((each) => each !== fingerprint) };
    }
    case "ThingRemoved":
      return { status: "removed", domainId: state.domainId };
    default:
      return assertNever(event);
  }
}
