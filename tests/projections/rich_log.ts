import type { Secrets } from "../../actors/mod.ts";
import {
  CHANNEL,
  channelCreated,
  DOMAIN,
  domainCreated,
  durableDiscarded,
  durableKept,
  type Fact,
  OTHER_DOMAIN,
  OWNER,
  say,
  sessionConnected,
  sessionEnded,
  START_MS,
  TestLog,
  THING,
  thingCreated,
  userCreated,
} from "./log.ts";

export const GUEST = "a0000000-0000-4000-8000-000000000002";
export const REMOVED_THING = "70000000-0000-4000-8000-000000000002";
export const OTHER_DOMAINS_THING = "70000000-0000-4000-8000-000000000003";
export const REMOVED_CHANNEL = "c0000000-0000-4000-8000-000000000002";
export const SESSIONS = ["s0000001", "s0000002", "s0000003"] as const;

const thing = (id: string) => `thing-${id}`;
const channel = (id: string) => `channel-${id}`;

/** Everything that a log can hold, in parts that a follower may meet one by one. */
export function chapters(
  secrets: Pick<Secrets, "sealPersonal">,
): readonly ((log: TestLog) => Promise<void>)[] {
  return [
    (log) => people(log, secrets),
    fleet,
    connections,
    sessions,
    durableSessions,
    messages,
    (log) => changes(log, secrets),
    removals,
  ];
}

async function tell(
  log: TestLog,
  facts: readonly (readonly [string, Fact])[],
): Promise<void> {
  for (const [stream, fact] of facts) await log.record(stream, fact);
}

async function people(log: TestLog, secrets: Pick<Secrets, "sealPersonal">): Promise<void> {
  const personal = async (id: string, name: string) =>
    await secrets.sealPersonal(id, { email: `${name}@example.com`, name });
  await tell(log, [
    [`domain-${DOMAIN}`, domainCreated()],
    [`user-${OWNER}`, userCreated({ role: "admin", personal: await personal(OWNER, "ann") })],
    [
      `user-${GUEST}`,
      userCreated({ userId: GUEST, emailHash: "guest", personal: await personal(GUEST, "ben") }),
    ],
    [`user-${OWNER}`, { type: "ApiKeyIssued", data: { keyId: "k1", issuedAtMs: 1 } }],
    [`user-${OWNER}`, { type: "ApiKeyIssued", data: { keyId: "k2", issuedAtMs: 2, label: "ci" } }],
  ]);
  await log.record(`domain-${OTHER_DOMAIN}`, domainCreated(OTHER_DOMAIN), {
    domainId: OTHER_DOMAIN,
  });
}

async function fleet(log: TestLog): Promise<void> {
  const metadata = { site: { floor: 2, ok: true }, "it's": null };
  await tell(log, [
    [thing(THING), thingCreated({ name: "Pump", metadata, tags: ["red", "old"] })],
    [thing(REMOVED_THING), thingCreated({ name: "valve", key: { sealed: "s", hash: "valve" } })],
    [channel(CHANNEL), channelCreated()],
    [channel(REMOVED_CHANNEL), channelCreated({ name: "attic", parentId: CHANNEL })],
  ]);
  await log.record(
    thing(OTHER_DOMAINS_THING),
    thingCreated({ domainId: OTHER_DOMAIN, key: { sealed: "s", hash: "other" } }),
    { domainId: OTHER_DOMAIN },
  );
}

async function connections(log: TestLog): Promise<void> {
  const connected = (channelId: string, ...types: readonly ("publish" | "subscribe")[]) =>
    ({ type: "ThingConnected", data: { channelId, types } }) as const;
  await tell(log, [
    [thing(THING), connected(CHANNEL, "publish", "subscribe")],
    [thing(THING), connected(REMOVED_CHANNEL, "publish")],
    [thing(REMOVED_THING), connected(CHANNEL, "subscribe")],
    [thing(THING), connected(CHANNEL, "publish")],
    [thing(THING), { type: "ThingDisconnected", data: { channelId: REMOVED_CHANNEL } }],
    [thing(THING), { type: "ThingShared", data: { userId: GUEST, policies: ["read"] } }],
    [channel(CHANNEL), { type: "ChannelShared", data: { userId: GUEST, policies: ["read"] } }],
    [channel(CHANNEL), { type: "ChannelUnshared", data: { userId: GUEST } }],
  ]);
}

async function sessions(log: TestLog): Promise<void> {
  const stream = `session-${THING}`;
  const [first, second, third] = SESSIONS;
  await tell(log, [
    [stream, sessionConnected(first)],
    [stream, {
      type: "SessionSubscribed",
      data: { domainId: DOMAIN, sessionId: first, filter: `channels/${CHANNEL}/#`, qos: 1 },
    }],
    [stream, sessionConnected(second, "other client")],
    [stream, sessionEnded(first, "taken over")],
    [stream, sessionEnded(second)],
    [stream, sessionConnected(third)],
    [stream, {
      type: "SessionRefused",
      data: {
        domainId: DOMAIN,
        sessionId: third,
        clientId: "client",
        action: "publish",
        topic: "channels",
        reason: "not connected",
      },
    }],
    [stream, {
      type: "SessionMessagesGone",
      data: {
        domainId: DOMAIN,
        sessionId: third,
        clientId: "client",
        channels: [{ channelId: CHANNEL, fromMs: START_MS, toMs: START_MS + 5 }],
        more: 1,
      },
    }],
    [stream, {
      type: "SessionExpired",
      data: {
        domainId: DOMAIN,
        sessionId: second,
        clientId: "other client",
        leftAtMs: START_MS,
        expirySeconds: 60,
        subscriptions: 1,
      },
    }],
  ]);
  // Hidden from reads of the stream, not from those who follow the log.
  await log.store.setStreamLimits(stream, { maxCount: 2 });
}

async function durableSessions(log: TestLog): Promise<void> {
  const progress = { inflight: [], done: [1], released: [], lanes: {} };
  await tell(log, [
    durableKept({ clientId: "away", connected: true }),
    [durableKept({ clientId: "away" })[0], { type: "DurableSessionProgressed", data: progress }],
    durableKept({ clientId: "away", expirySeconds: 60 }),
    durableKept({ clientId: "there", connected: true }),
    durableKept({ clientId: "gone" }),
    durableDiscarded({ clientId: "gone" }),
  ]);
}

async function messages(log: TestLog): Promise<void> {
  await say(log, [
    { subtopic: "", payload: '[{"n":"a","u":"Cel","v":1},{"n":"a","u":"Cel","v":2}]' },
    { subtopic: "x/y", payload: '[{"n":"b","vs":"on"},{"n":"c","vb":true},{"n":"d","s":5}]' },
    { subtopic: "weather", payload: '{"t":21.5}', contentKind: "json" },
    { subtopic: "x", payload: "no SenML", contentKind: "senml+json" },
    { subtopic: "x", payload: "bytes", contentKind: "opaque" },
    { subtopic: "state", payload: "on", retain: true },
    { subtopic: "gone", payload: "on", retain: true },
  ]);
  await say(log, [
    { subtopic: "state", payload: "off", retain: true, qos: 0 },
    { subtopic: "gone", payload: "", retain: true },
    { subtopic: "", payload: '[{"n":"a","u":"Cel","t":-60,"v":3}]' },
  ]);
  await say(log, [{ subtopic: "", payload: '[{"n":"a","v":9}]', retain: true }], REMOVED_CHANNEL);
}

async function changes(log: TestLog, secrets: Pick<Secrets, "sealPersonal">): Promise<void> {
  const personal = await secrets.sealPersonal(GUEST, { email: "bob@example.com", name: "bob" });
  await tell(log, [
    [thing(THING), { type: "ThingUpdated", data: { name: "pump, moved", tags: ["red"] } }],
    [thing(THING), { type: "ThingKeyChanged", data: { key: { sealed: "t", hash: "new hash" } } }],
    [thing(THING), { type: "ThingCertificateBound", data: { fingerprint: "a".repeat(64) } }],
    [thing(THING), { type: "ThingCertificateBound", data: { fingerprint: "b".repeat(64) } }],
    [thing(THING), { type: "ThingCertificateUnbound", data: { fingerprint: "a".repeat(64) } }],
    [thing(THING), { type: "ThingDisabled", data: {} }],
    [thing(THING), { type: "ThingEnabled", data: {} }],
    [thing(THING), { type: "ThingOwnerChanged", data: { ownerId: GUEST } }],
    [channel(CHANNEL), { type: "ChannelUpdated", data: { metadata: { unit: "Cel" } } }],
    [channel(CHANNEL), { type: "ChannelDisabled", data: {} }],
    [`user-${GUEST}`, { type: "UserEmailChanged", data: { emailHash: "bob", personal } }],
    [`user-${GUEST}`, { type: "UserPasswordChanged", data: { passwordHash: "$argon2id$2" } }],
    [`user-${GUEST}`, { type: "UserDisabled", data: {} }],
    [`user-${OWNER}`, { type: "ApiKeyRevoked", data: { keyId: "k1" } }],
    [`domain-${DOMAIN}`, { type: "DomainUpdated", data: { name: "acme & sons" } }],
    [`domain-${DOMAIN}`, {
      type: "DomainSessionExpiryLimited",
      data: { sessionExpirySecondsMax: 3_600 },
    }],
  ]);
}

async function removals(log: TestLog): Promise<void> {
  await tell(log, [
    [thing(THING), { type: "ThingUnshared", data: { userId: GUEST } }],
    [thing(REMOVED_THING), { type: "ThingRemoved", data: {} }],
    [channel(REMOVED_CHANNEL), { type: "ChannelRemoved", data: {} }],
  ]);
  await log.record(`domain-${OTHER_DOMAIN}`, { type: "DomainDisabled", data: {} }, {
    domainId: OTHER_DOMAIN,
  });
}
