import {
  assertNever,
  type ChannelEvent,
  type ConnectionType,
  type JsonObject,
  type Policy,
  type RecordedEvent,
  type TenantEvent,
  type ThingEvent,
  type UserEvent,
} from "../../actors/mod.ts";

export const ENTITY_KINDS = ["thing", "channel", "user", "domain"] as const;
export type EntityKind = typeof ENTITY_KINDS[number];

/** What one event means for the description of its entity. */
export type EntityChange =
  | { readonly op: "create"; readonly fields: JsonObject }
  /** Fields that take the place of those of the same name. */
  | { readonly op: "set"; readonly fields: JsonObject }
  /** Sets one entry of a field that is a map. */
  | {
    readonly op: "put";
    readonly field: string;
    readonly key: string;
    readonly value: JsonObject | readonly string[];
  }
  | { readonly op: "drop"; readonly field: string; readonly key: string }
  | {
    readonly op: "connect";
    readonly channelId: string;
    readonly types: readonly ConnectionType[];
  }
  | { readonly op: "disconnect"; readonly channelId: string }
  | { readonly op: "remove" };

export const ENTITY_STREAM_PREFIXES = ENTITY_KINDS.map((kind) => `${kind}-`);

/** Part of an entity's history that leaves its description as it is. */
export const NOTED_EVENT_TYPES = ["ThingRecorderStarted"] as const;

type EntityEvent = Exclude<
  ThingEvent | ChannelEvent | UserEvent | TenantEvent,
  { readonly type: typeof NOTED_EVENT_TYPES[number] }
>;

// Written so that a type without an entry does not compile: no projection would ever see it.
const ANSWERED: { readonly [T in EntityEvent["type"]]: true } = {
  ThingCreated: true,
  ThingUpdated: true,
  ThingKeyChanged: true,
  ThingOwnerChanged: true,
  ThingEnabled: true,
  ThingDisabled: true,
  ThingConnected: true,
  ThingDisconnected: true,
  ThingShared: true,
  ThingUnshared: true,
  ThingCertificateBound: true,
  ThingCertificateUnbound: true,
  ThingRemoved: true,
  ChannelCreated: true,
  ChannelUpdated: true,
  ChannelOwnerChanged: true,
  ChannelEnabled: true,
  ChannelDisabled: true,
  ChannelShared: true,
  ChannelUnshared: true,
  ChannelRemoved: true,
  UserCreated: true,
  UserUpdated: true,
  UserEmailChanged: true,
  UserPasswordChanged: true,
  UserRoleChanged: true,
  UserEnabled: true,
  UserDisabled: true,
  ApiKeyIssued: true,
  ApiKeyRevoked: true,
  DomainCreated: true,
  DomainUpdated: true,
  DomainSessionExpiryLimited: true,
  DomainEnabled: true,
  DomainDisabled: true,
};

/** Every event type that {@link entityChange} answers. */
export const ENTITY_EVENT_TYPES: readonly string[] = Object.keys(ANSWERED);

/** Kind and id of the entity whose stream this is. */
export function entityOf(stream: string): { readonly kind: EntityKind; readonly id: string } {
  const dash = stream.indexOf("-");
  return { kind: stream.slice(0, dash) as EntityKind, id: stream.slice(dash + 1) };
}

export function entityChange(recorded: RecordedEvent): EntityChange {
  // The log knows types of events as strings; the switch below tells them apart.
  const event = recorded as unknown as EntityEvent;
  switch (event.type) {
    case "ThingCreated":
    case "ChannelCreated": {
      const { domainId: _, ...described } = event.data;
      return created({ ...described, shares: {} });
    }
    case "UserCreated": {
      const { domainId: _, userId: __, passwordHash: ___, ...described } = event.data;
      return created({ ...described, apiKeys: {}, tokensValidFromMs: 0 });
    }
    case "DomainCreated": {
      const { domainId: _, createdBy, ...described } = event.data;
      return created({ ...described, ownerId: createdBy });
    }
    case "ThingUpdated":
    case "ChannelUpdated":
    case "UserUpdated":
    case "UserEmailChanged":
    case "DomainUpdated":
    case "DomainSessionExpiryLimited":
    case "ThingKeyChanged":
    case "ThingOwnerChanged":
    case "ChannelOwnerChanged":
    case "UserRoleChanged":
      return { op: "set", fields: event.data };
    case "UserPasswordChanged":
      return { op: "set", fields: { tokensValidFromMs: recorded.metadata.recordedAtMs } };
    case "ThingEnabled":
    case "ChannelEnabled":
    case "UserEnabled":
    case "DomainEnabled":
      return { op: "set", fields: { status: "enabled" } };
    case "ThingDisabled":
    case "ChannelDisabled":
    case "UserDisabled":
    case "DomainDisabled":
      return { op: "set", fields: { status: "disabled" } };
    case "ThingConnected":
      return { op: "connect", ...event.data };
    case "ThingDisconnected":
      return { op: "disconnect", ...event.data };
    case "ThingShared":
    case "ChannelShared":
      return shared(event.data);
    case "ThingUnshared":
    case "ChannelUnshared":
      return { op: "drop", field: "shares", key: event.data.userId };
    case "ThingCertificateBound":
      return { op: "put", field: "certificates", key: event.data.fingerprint, value: {} };
    case "ThingCertificateUnbound":
      return { op: "drop", field: "certificates", key: event.data.fingerprint };
    case "ApiKeyIssued": {
      const { keyId, ...key } = event.data;
      return { op: "put", field: "apiKeys", key: keyId, value: key };
    }
    case "ApiKeyRevoked":
      return { op: "drop", field: "apiKeys", key: event.data.keyId };
    case "ThingRemoved":
    case "ChannelRemoved":
      return { op: "remove" };
    default:
      return assertNever(event);
  }
}

function created(fields: JsonObject): EntityChange {
  return { op: "create", fields: { ...fields, status: "enabled" } };
}

function shared(
  data: { readonly userId: string; readonly policies: readonly Policy[] },
): EntityChange {
  return { op: "put", field: "shares", key: data.userId, value: data.policies };
}

/** The description after the change; connections are not part of it. */
export function changedFields(before: JsonObject, change: EntityChange): JsonObject {
  switch (change.op) {
    case "create":
      return change.fields;
    case "set":
      return { ...before, ...change.fields };
    case "put":
      return {
        ...before,
        [change.field]: { ...before[change.field] as JsonObject, [change.key]: change.value },
      };
    case "drop": {
      const { [change.key]: _, ...kept } = before[change.field] as JsonObject;
      return { ...before, [change.field]: kept };
    }
    case "connect":
    case "disconnect":
    case "remove":
      return before;
    default:
      return assertNever(change);
  }
}
