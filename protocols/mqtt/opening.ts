import {
  type Clock,
  ConcurrencyConflict,
  type DurableSessionKey,
  isSessionOver,
  type KeptSession,
  loadDurableSession,
  type LoadedSession,
  TransientError,
} from "../../actors/mod.ts";
import type { ThingAccess } from "../../projections/mod.ts";
import { forgetShares } from "./abandoned_shares.ts";
import { assembleSession, type Attempt } from "./assemble_session.ts";
import { type ProtocolVersion, ReasonCode, writeConnack } from "./codec/mod.ts";
import { type GrantedExpiry, grantedExpiry } from "./granted_expiry.ts";
import { refuseConnect } from "./handlers/mod.ts";
import { AFTER_ALL, Lane, laneName } from "./outgoing/mod.ts";
import type { MqttGround } from "./ground.ts";
import { KEEP_MS_MAX, SAME_INSTANT_MS } from "./limits.ts";
import type { OpenSession } from "./open_session.ts";
import type { OutBuffer } from "./out_buffer.ts";
import { receivedBefore, SessionKeeper } from "./keeping/mod.ts";
import { goOn } from "./resending.ts";
import { meaningOf } from "./subscription_meaning.ts";
import { CONNECT_REFUSALS } from "./translate.ts";

/** Connections of one client that one of them waits for, each at another node. */
const TRIES_MAX = 3;

/**
 * Opens the session of a CONNECT that was accepted: a new one, or the one that the client left. Two
 * connections with one client id come one after the other. Undefined if it was refused after all.
 */
export function openSession(
  attempt: Attempt,
  thing: ThingAccess,
): Promise<OpenSession | undefined> {
  const { ground } = attempt.pending;
  const key = { thingId: thing.id, clientId: attempt.clientId };
  return ground.sessions.inTurn(key, async () => {
    let loaded = await loadDurableSession(ground.store, key);
    const expiry = grantedExpiry(attempt.connect, { ...ground, domainId: thing.domainId });
    const isDurable = expiry.grantedSeconds > 0;
    // One that is resumed or replaced has its place, and who is refused ends nobody's connection.
    const settled = !isDurable || loaded.session !== undefined
      ? () => {}
      : await ground.durablePlaces.take(thing.id);
    if (settled === undefined) return refuseSession(attempt);
    try {
      if (await takeOver(attempt, key)) loaded = await loadDurableSession(ground.store, key);
      const session = await begin(attempt, thing, { loaded, expiry });
      void session.closed.then(() => ground.clients?.release(key, attempt.sessionId));
      return session;
    } catch (error) {
      ground.clients?.release(key, attempt.sessionId);
      throw error;
    } finally {
      settled();
    }
  });
}

async function begin(
  attempt: Attempt,
  thing: ThingAccess,
  { loaded, expiry }: { readonly loaded: LoadedSession; readonly expiry: GrantedExpiry },
): Promise<OpenSession> {
  const { session, resumed } = await kept(attempt, thing, { loaded, expiry, triesLeft: TRIES_MAX });
  const sessionPresent = resumed !== undefined;
  welcome(session, attempt, { sessionPresent, expiry });
  if (sessionPresent) await goOn(session, resumed.inflight);
  return session;
}

/** The session, written down: without that it is not begun. */
async function kept(
  attempt: Attempt,
  thing: ThingAccess,
  { loaded, expiry, triesLeft }: {
    readonly loaded: LoadedSession;
    readonly expiry: GrantedExpiry;
    readonly triesLeft: number;
  },
): Promise<{ readonly session: OpenSession; readonly resumed: KeptSession | undefined }> {
  const { pending: { ground, out }, clientId, sessionId, connect } = attempt;
  const { grantedSeconds } = expiry;
  const left = stillThere(loaded.session, ground);
  // [MQTT-3.1.2-4] [MQTT-3.1.2-6] [MQTT-3.1.4-3]
  // [MQTT5-3.1.2-4] [MQTT5-3.1.2-5] [MQTT5-3.1.2-6] [MQTT5-3.1.4-4]
  const resumed = connect.cleanStart ? undefined : left;
  const sessionPresent = resumed !== undefined;
  ground.delayedWills.returned({ thingId: thing.id, clientId }, { resumed: sessionPresent });
  if (loaded.session !== undefined && !sessionPresent) forgetShares(loaded.session, ground);
  const session = assembleSession(attempt, thing, {
    isDurable: sessionPresent || grantedSeconds > 0,
    expirySeconds: grantedSeconds,
    ownIds: new Set([sessionId, ...sessionPresent ? [resumed.connectionId] : []]),
  });
  ground.sessions.add(session);
  checkStillWelcome(session, thing);
  try {
    await keep(session, attempt, { loaded, resumed, expiry });
    return { session, resumed };
  } catch (error) {
    giveUp(session, grantedSeconds);
    const isConflict = error instanceof ConcurrencyConflict && triesLeft > 0;
    const again = isConflict ? await withoutTheOther(attempt, thing) : undefined;
    if (again !== undefined) {
      return await kept(attempt, thing, { loaded: again, expiry, triesLeft: triesLeft - 1 });
    }
    sayNotKept(out, connect.version);
    throw error;
  }
}

/**
 * Another node took the client in the same instant, and wrote first: as the newer connection this one
 * waits until the other one is over. Undefined if it is the older one, or waits in vain.
 */
async function withoutTheOther(
  { pending: { ground }, clientId, sessionId }: Attempt,
  { id: thingId }: ThingAccess,
): Promise<LoadedSession | undefined> {
  const { clock, store, clients } = ground;
  const untilMs = clock.nowMs() + KEEP_MS_MAX;
  while (clients?.has({ thingId, clientId }, sessionId) === true && clock.nowMs() < untilMs) {
    await new Promise<void>((resolve) => clock.schedule(SAME_INSTANT_MS, resolve));
    const loaded = await loadDurableSession(store, { thingId, clientId });
    if (loaded.session?.connected !== true) return loaded;
  }
  return undefined;
}

function refuseSession(attempt: Attempt): undefined {
  const { counters, durablePlaces: { max } } = attempt.pending.ground;
  counters.sessionsPastQuota++;
  const reason = `the thing has ${max} sessions that outlive their connection`;
  return refuseConnect(attempt, { kind: "tooManySessions", reason });
}

/** As long as the log takes nothing, what the last connection left cannot be stored either. */
async function takeOver(attempt: Attempt, key: DurableSessionKey): Promise<boolean> {
  const { pending: { ground, out }, connect: { cleanStart }, sessionId } = attempt;
  try {
    const isChanged = await inTime(ground.clock, ground.sessions.takeOver(key));
    const claim = { connectionId: sessionId, cleanStart };
    return await ground.clients?.claim(key, claim) === true || isChanged;
  } catch (error) {
    sayNotKept(out, attempt.connect.version);
    throw error;
  }
}

/** Rejects if the session is not stored before a client has waited long enough. */
async function inTime<T>(clock: Clock, stored: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(KEEP_MS_MAX, () => {
    late.reject(new TransientError("Cannot keep the session: the log takes nothing for now"));
  });
  return await Promise.race([stored, late.promise]).finally(cancel);
}

function sayNotKept(out: OutBuffer, version: ProtocolVersion): void {
  out.append(writeConnack(version, { code: CONNECT_REFUSALS.sessionNotKept[version] }));
}

/** A session that cannot be kept is not begun: the client may try again. */
function giveUp(session: OpenSession, awaySeconds: number): void {
  const { ground } = session;
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

function stillThere(
  session: KeptSession | undefined,
  { clock }: MqttGround,
): KeptSession | undefined {
  if (session === undefined) return undefined;
  return isSessionOver(session, clock.nowMs()) ? undefined : session;
}

/** Writes the session down before the client is told that it is kept. */
async function keep(
  session: OpenSession,
  attempt: Attempt,
  { loaded, resumed, expiry }: {
    readonly expiry: GrantedExpiry;
    readonly loaded: LoadedSession;
    readonly resumed: KeptSession | undefined;
  },
): Promise<void> {
  const { pending, clientId, sessionId } = attempt;
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
    expirySeconds: expiry.grantedSeconds,
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
  { sessionPresent, expiry }: {
    readonly sessionPresent: boolean;
    readonly expiry: GrantedExpiry;
  },
): void {
  const { connect, clientId, pending } = attempt;
  const { limits } = pending.ground;
  const { receiveMaximum, topicAliasMaximum, packetBytesMax } = limits;
  session.out.append(writeConnack(connect.version, {
    code: 0, // [MQTT-3.1.4-4] [MQTT-3.2.0-1] [MQTT5-3.1.4-5] [MQTT5-3.2.0-1] [MQTT5-3.2.0-2]
    sessionPresent,
    properties: {
      receiveMaximum,
      topicAliasMaximum,
      maximumPacketSize: packetBytesMax,
      ...(expiry.cut === undefined ? {} : { sessionExpiryInterval: expiry.grantedSeconds }), // section 3.2.2.3.2
      ...(connect.clientId === "" ? { assignedClientIdentifier: clientId } : {}), // [MQTT5-3.2.2-16]
      ...attempt.answer, // [MQTT5-4.12.0-5] [MQTT5-4.12.0-6]
    },
  }));
  session.facts.connected({
    protocolVersion: connect.version === 5 ? "5.0" : "3.1.1",
    keepAliveSeconds: connect.keepAliveSeconds,
    cleanSession: connect.cleanStart,
    ...(expiry.cut === undefined ? {} : { expiry: expiry.cut }),
    ...(sessionPresent ? { resumed: session.subscriptions.all } : {}),
  }, pending.peer);
  pending.ground.counters.connect.observeSince(attempt.startedMs);
  if (session.keeper !== undefined && !sessionPresent) session.outbound.unhold();
}
