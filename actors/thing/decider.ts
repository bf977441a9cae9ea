import { checkAuthority, checkProfile, type Policy, profileData } from "../entity/mod.ts";
import { assertNever, reject, type Rejection } from "../errors.ts";
import type { Decider } from "../runtime/mod.ts";
import type { ThingCommand } from "./commands.ts";
import { evolveThing } from "./evolve.ts";
import type { ThingEvent } from "./events.ts";
import {
  CERTIFICATES_PER_THING_MAX,
  CONNECTIONS_PER_THING_MAX,
  type LiveThing,
  type ThingState,
} from "./state.ts";

type Decision = readonly ThingEvent[] | Rejection;

export const thingDecider: Decider<ThingCommand, ThingEvent, ThingState> = {
  initialState: { status: "absent" },
  evolve: evolveThing,
  decide(command, state) {
    if (command.type === "CreateThing") return create(command, state);
    switch (state.status) {
      case "absent":
      case "removed":
        return reject("not_found", "Cannot find the thing: it does not exist or was removed");
      case "enabled":
      case "disabled":
        return checkAuthority(command.by, state, policyFor(command)) ?? change(command, state);
      default:
        return assertNever(state);
    }
  },
};

type Change = Exclude<ThingCommand, { type: "CreateThing" }>;

function policyFor(command: Change): Policy {
  return command.type === "RemoveThing" ? "delete" : "write";
}

function create(
  command: Extract<ThingCommand, { type: "CreateThing" }>,
  state: ThingState,
): Decision {
  if (state.status !== "absent") {
    return reject("conflict", "Cannot create the thing: its id was given out before", "id");
  }
  return checkProfile(command.profile) ?? [{
    type: "ThingCreated",
    data: {
      domainId: command.domainId,
      ownerId: command.by.userId,
      name: command.profile.name ?? "",
      metadata: command.profile.metadata ?? {},
      tags: [...command.profile.tags ?? []],
      key: command.key,
    },
  }];
}

function change(command: Change, state: LiveThing): Decision {
  switch (command.type) {
    case "UpdateThing":
      return checkProfile(command.profile) ??
        [{ type: "ThingUpdated", data: profileData(command.profile) }];
    case "ChangeThingKey":
      return command.key.hash === state.keyHash
        ? []
        : [{ type: "ThingKeyChanged", data: { key: command.key } }];
    case "ChangeThingOwner":
      return command.ownerId === state.ownerId
        ? []
        : [{ type: "ThingOwnerChanged", data: { ownerId: command.ownerId } }];
    case "EnableThing":
      return state.status === "enabled" ? [] : [{ type: "ThingEnabled", data: {} }];
    case "DisableThing":
      return state.status === "disabled" ? [] : [{ type: "ThingDisabled", data: {} }];
    case "ConnectThing":
      return connect(command, state);
    case "DisconnectThing":
      return state.connections[command.channelId] === undefined
        ? []
        : [{ type: "ThingDisconnected", data: { channelId: command.channelId } }];
    case "ShareThing":
      return share(command, state);
    case "UnshareThing":
      return state.shares[command.userId] === undefined
        ? []
        : [{ type: "ThingUnshared", data: { userId: command.userId } }];
    case "BindCertificate":
      return bindCertificate(command, state);
    case "UnbindCertificate": {
      const { fingerprint } = command;
      return state.certificates.includes(fingerprint)
        ? [{ type: "ThingCertificateUnbound", data: { fingerprint } }]
        : [];
    }
    case "StartThingRecorder": {
      const { minutes, payloads } = command;
      return [{ type: "ThingRecorderStarted", data: { minutes, payloads } }];
    }
    case "RemoveThing":
      return [{ type: "ThingRemoved", data: {} }];
    default:
      return assertNever(command);
  }
}

function connect(command: Extract<Change, { type: "ConnectThing" }>, state: LiveThing): Decision {
  if (command.types.length === 0) {
    return reject(
      "invalid",
      "Cannot connect: types is empty, 'publish' or 'subscribe' is needed",
      "types",
    );
  }
  const known = state.connections[command.channelId];
  if (known === undefined && Object.keys(state.connections).length >= CONNECTIONS_PER_THING_MAX) {
    return reject(
      "invalid",
      `Cannot connect: the thing has ${CONNECTIONS_PER_THING_MAX} channels, which is the limit`,
      "channel_ids",
    );
  }
  const types = [...new Set(command.types)].sort();
  if (known !== undefined && known.join() === types.join()) return [];
  return [{ type: "ThingConnected", data: { channelId: command.channelId, types } }];
}

function share(command: Extract<Change, { type: "ShareThing" }>, state: LiveThing): Decision {
  const policies = [...new Set(command.policies)].sort();
  if (policies.length === 0) {
    return reject(
      "invalid",
      "Cannot share: policies is empty, 'read', 'write' or 'delete' is needed",
      "policies",
    );
  }
  if (state.shares[command.userId]?.join() === policies.join()) return [];
  return [{ type: "ThingShared", data: { userId: command.userId, policies } }];
}

function bindCertificate(
  { fingerprint }: Extract<Change, { type: "BindCertificate" }>,
  state: LiveThing,
): Decision {
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) {
    return reject(
      "invalid",
      "Cannot bind the certificate: its fingerprint must be 64 lower-case hexadecimal digits",
      "fingerprint",
    );
  }
  if (state.certificates.includes(fingerprint)) return [];
  if (state.certificates.length >= CERTIFICATES_PER_THING_MAX) {
    return reject(
      "invalid",
      `Cannot bind the certificate: the thing has ${CERTIFICATES_PER_THING_MAX}, which is the limit`,
      "fingerprint",
    );
  }
  return [{ type: "ThingCertificateBound", data: { fingerprint } }];
}
