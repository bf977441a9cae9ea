import {
  type Clock,
  ConcurrencyConflict,
  type DurableSessionKey,
  type KeptSession,
  loadDurableSession,
  type LoadedSession,
  TransientError,
} from "../../actors/mod.ts";
import type { ThingAccess } from "../../projections/mod.ts";
import { forgetShares } from "./abandoned_shares.ts";
import { assembleSession, type Attempt } from "./assemble_session.ts";
import { type Connect, type ProtocolVersion, ReasonCode, writeConnack } from "./codec/mod.ts";
import { AFTER_ALL, Lane, laneName } from "./outgoing/mod.ts";
import { KEEP_MS_MAX, type MqttLimits } from "./limits.ts";
import type { OpenSession } from "./open_session.ts";
import type { OutBuffer } from "./out_buffer.ts";
import { receivedBefore, SessionKeeper } from "./keeping/mod.ts";
import { goOn } from "./resending.ts";
import { meaningOf } from "./subscription_meaning.ts";
import { CONNECT_REFUSALS } from "./translate.ts";

/** Session expiry of MQTT 5 that means for ever (section 3.1.2.11.2). */
const NEVER = 0xffff_ffff;

/**
 * Opens the session of a CONNECT that was accepted: a new one, or the one that the client left. Two
 * connections with one client id come one after the other.
 */
export function openSession(attempt: Attempt, thing: ThingAccess): Promise<OpenSession> {
  const { ground } = attempt.pending;
  const key = { thingId: thing.id, clientId: attempt.clientId };
  return ground.sessions.inTurn(key, async () => {
    await takeOver(attempt, key);
    const loaded = await loadDurableSession(ground.store, key);
    const left = isOver(loaded.session, ground) ? undefined : loaded.session;
    // [MQTT-3.1.2-4] [MQTT-3.1.2-6] [MQTT-3.1.4-3]
    // [MQTT5-3.1.2-4] [MQTT5-3.1.2-5] [MQTT5-3.1.2-6] [MQTT5-3.1.4-4]
    const resumed = attempt.connect.cleanStart ? undefined : left;
    ground.delayedWills.returned(key, { resumed: resumed !== undefined });
    const granted = grantedExpiry(attempt.connect, ground.limits);
    if (loaded.session !== undefined && resumed === undefined) {
      forgetShares(loaded.session, ground);
    }
    const session = assembleSession(attempt, thing, {
      isDurable: resumed !== undefined || granted > 0,
      expirySeconds: granted,
      ownIds: new Set([attempt.sessionId, ...resumed === undefined ? [] : [resumed.connectionId]]),
    });
    ground.sessions.add(session);
    checkStillWelcome(session, thing);
    try {
      await keep(session, attempt, { loaded, resumed });
    } catch (error) {
      giveUp(session, granted);
      throw error;
    }
    welcome(session, attempt, { sessionPresent: resumed !== undefined });
    if (resumed !== undefined) await goOn(session, resumed.inflight);
    return session;
  });
}

/** As long as the log takes nothing, what the last connection left cannot be stored either. */
async function takeOver(attempt: Attempt, key: DurableSessionKey): Promise<void> {
  const { ground, out } = attempt.pending;
  try {
    await inTime(ground.clock, ground.sessions.takeOver(key));
  } catch (error) {
    sayNotKept(out, attempt.connect.version);
    throw error;
  }
}

/** Rejects if the session is not stored before a client has waited long enough. */
async function inTime(clock: Clock, stored: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.schedule(KEEP_MS_MAX, () => {
    late.reject(new TransientError("Cannot keep the session: the log takes nothing for now"));
  });
  await Promise.race([stored, late.promise]).finally(cancel);
}

function sayNotKept(out: OutBuffer, version: ProtocolVersion): void {
  out.append(writeConnack(version, { code: CONNECT_REFUSALS.sessionNotKept[version] }));
}

/** A session that cannot be kept is not begun: the client may try again. */
function giveUp(session: OpenSession, awaySeconds: number): void {
  const { version, out, ground } = session;
  sayNotKept(out, version);
  ground.sessions.remove(session);
  session.keeper?.abandon();
  session.subscriptions.close(awaySeconds);
  session.outbound.close();
  session.onClosed();
}

/** Its rights may have been taken away while it was read, before it could be told. */
function checkStillWelcome({ ground, end }: OpenSession, thing: ThingAccess): void {
  const now = ground.access.thing(thing.id);
  if (now?.enabled === true && now.keyHash === thing.keyHash) return;
  end("the thing was changed while it connected", { reasonCode: ReasonCode.notAuthorized });
}

/** Seconds that the session may outlive its connection [MQTT5-3.1.2-23]. */
function grantedExpiry({ version, cleanStart, properties }: Connect, limits: MqttLimits): number {
  const { sessionExpirySecondsMax } = limits;
  if (version === 4) return cleanStart ? 0 : sessionExpirySecondsMax;
  return Math.min(properties.sessionExpiryInterval ?? 0, sessionExpirySecondsMax);
}

/** True for a session whose time was over before its client came back [MQTT5-4.1.0-2]. */
function isOver(
  session: KeptSession | undefined,
  { clock, startedMs }: { readonly clock: { nowMs(): number }; readonly startedMs: number },
): boolean {
  if (session === undefined || session.expirySeconds === NEVER) return false;
  // One that had a connection when the platform was killed lost it at the latest at this start.
  const leftMs = session.connected ? Math.max(session.atMs, startedMs) : session.atMs;
  return leftMs + session.expirySeconds * 1_000 < clock.nowMs();
}

/** Writes the session down before the client is told that it is kept. */
async function keep(
  session: OpenSession,
  attempt: Attempt,
  { loaded, resumed }: {
    readonly loaded: LoadedSession;
    readonly resumed: KeptSession | undefined;
  },
): Promise<void> {
  const { connect, pending, clientId, sessionId } = attempt;
  const { ground, end } = pending;
  if (!session.isDurable && loaded.session === undefined) return;
  const begun = Promise.withResolvers<void>();
  let isBegun = false;
  const keeper = new SessionKeeper(ground, {
    domainId: session.identity.domainId,
    thingId: session.thingId,
    clientId,
    connectionId: sessionId,
    remoteAddress: session.identity.origin.remoteAddress,
    expirySeconds: grantedExpiry(connect, ground.limits),
    revision: loaded.revision,
    parts: session,
    deliveredThrough: () => ground.ingress.deliveredThrough,
    onLost: (error) => {
      if (!isBegun) return begun.reject(error);
      end(`the session cannot be kept: ${String(error)}`, {
        reasonCode: error instanceof ConcurrencyConflict
          ? ReasonCode.sessionTakenOver
          : ReasonCode.unspecifiedError,
      });
    },
  });
  // [MQTT-3.1.2-6]: a clean start ends what was there, also if nothing new is kept.
  if (!session.isDurable) return await keeper.discard("the client started clean");
  session.keeper = keeper;
  session.inbound.journal = keeper;
  session.outbound.journal = keeper;
  // Live messages must not overtake the CONNACK, nor what is sent again.
  session.outbound.hold();
  if (resumed !== undefined) {
    session.inbound.resume(await receivedBefore(session, { ...loaded, session: resumed }));
    resume(session, resumed);
  }
  keeper.begin(begun.resolve);
  await inTime(ground.clock, begun.promise);
  isBegun = true;
}

function resume(session: OpenSession, resumed: KeptSession): void {
  for (const subscription of resumed.subscriptions) {
    const meant = meaningOf(session, subscription);
    const granted = !("refused" in meant) && session.subscriptions.add(meant);
    if (granted) continue;
    session.facts.unsubscribed(subscription.filter, "access");
    forgetShares(resumed, { ...session.ground, filter: subscription.filter });
  }
  for (const { form, channelId } of session.subscriptions.listens()) {
    const { lanes } = session.deliveries[form];
    if (lanes.has(channelId)) continue;
    const through = resumed.lanes[laneName({ form, channelId })];
    const lane = new Lane({
      form,
      channelId,
      next: through === undefined ? [resumed.after, AFTER_ALL] : [through[0], through[1] + 1],
      sinceMs: resumed.sinceMs,
    });
    lane.isReading = true;
    lanes.set(channelId, lane);
  }
  for (const record of resumed.inflight) session.keeper!.resumed(record);
}

// [MQTT-3.2.2-1] [MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT5-3.2.2-2] [MQTT5-3.2.2-3]
function welcome(
  session: OpenSession,
  attempt: Attempt,
  { sessionPresent }: { readonly sessionPresent: boolean },
): void {
  const { connect, clientId, pending } = attempt;
  const { limits } = pending.ground;
  const { receiveMaximum, topicAliasMaximum, packetBytesMax } = limits;
  const granted = grantedExpiry(connect, limits);
  const isCut = granted !== (connect.properties.sessionExpiryInterval ?? 0);
  session.out.append(writeConnack(connect.version, {
    code: 0, // [MQTT-3.1.4-4] [MQTT-3.2.0-1] [MQTT5-3.1.4-5] [MQTT5-3.2.0-1] [MQTT5-3.2.0-2]
    sessionPresent,
    properties: {
      receiveMaximum,
      topicAliasMaximum,
      maximumPacketSize: packetBytesMax,
      ...(isCut ? { sessionExpiryInterval: granted } : {}), // section 3.2.2.3.2
      ...(connect.clientId === "" ? { assignedClientIdentifier: clientId } : {}), // [MQTT5-3.2.2-16]
      ...attempt.answer, // [MQTT5-4.12.0-5] [MQTT5-4.12.0-6]
    },
  }));
  session.facts.connected({
    protocolVersion: connect.version === 5 ? "5.0" : "3.1.1",
    keepAliveSeconds: connect.keepAliveSeconds,
    cleanSession: connect.cleanStart,
    ...(sessionPresent ? { resumed: session.subscriptions.all } : {}),
  }, pending.peer);
  if (session.keeper !== undefined && !sessionPresent) session.outbound.unhold();
}
