import type { DurableSessionKey } from "../../actors/mod.ts";
import type { AccessChange, AccessIndex, ThingAccess } from "../../projections/mod.ts";
import { ReasonCode } from "./codec/mod.ts";
import type { EndSession } from "./ending.ts";
import type { ClientCertificate } from "./peer.ts";
import { proves } from "./translate.ts";

/** What listens to channels on behalf of one session. */
export interface ChannelListener {
  /** Looks again at what the thing may read, of one channel or of all. */
  accessChanged(channelId?: string): void;
}

export interface RegisteredSession {
  readonly thingId: string;
  readonly clientId: string;
  /** Undefined if its key let it in. */
  readonly provenBy: ClientCertificate | undefined;
  readonly subscriptions: ChannelListener;
  /** Resolves when it is over and what is kept of it is stored. */
  readonly closed: Promise<void>;
  end: EndSession;
}

/** Every session that is open at this server, found by whatever can change for it. */
export class OpenSessions {
  readonly #access: AccessIndex;
  readonly #byClient = new Map<string, RegisteredSession>();
  /** Those that are over and not stored yet; one of a client at most, because the next waits for it. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #turns = new Map<string, Promise<void>>();
  readonly #byThing = new Map<string, Set<RegisteredSession>>();
  readonly #byChannel = new Map<string, Set<ChannelListener>>();
  /** Those with a wildcard in place of the channel: any channel may come to concern them. */
  readonly #wildcards = new Set<ChannelListener>();
  readonly #stopWatching: () => void;

  constructor(access: AccessIndex) {
    this.#access = access;
    this.#stopWatching = access.onChange((change) => this.#accessChanged(change));
  }

  /** Runs one after the other what is done for the same client. */
  inTurn<T>(key: DurableSessionKey, work: () => Promise<T>): Promise<T> {
    const name = clientKey(key);
    const before = this.#turns.get(name) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.then(() => {}, () => {}).then(() => {
      if (this.#turns.get(name) === settled) this.#turns.delete(name);
    });
    this.#turns.set(name, settled);
    return mine;
  }

  /**
   * Ends the session that the client has, and waits until what is kept of it is stored, also if it
   * ended by itself a moment ago: who returns at once must find what its last connection did. False
   * if it had none.
   */
  async takeOver(key: DurableSessionKey): Promise<boolean> {
    // [MQTT-3.1.4-2] [MQTT-3.1.3-2] [MQTT5-3.1.3-2]: a client id names one client of one thing. The
    // specification means all clients of a server; but here a server has many tenants, and a thing
    // must not be able to end the connections of another by guessing the name that it gave itself.
    const name = clientKey(key);
    const session = this.#byClient.get(name);
    session?.end("taken over by another connection with the same client id", {
      reasonCode: ReasonCode.sessionTakenOver, // [MQTT5-3.1.4-3]
    });
    // One that ended by itself may still be on its way to the log.
    const leaving = session?.closed ?? this.#leaving.get(name);
    await leaving;
    return leaving !== undefined;
  }

  /** Whether a connection of the client would take over another. */
  has(key: DurableSessionKey): boolean {
    return this.#byClient.has(clientKey(key));
  }

  add(session: RegisteredSession): void {
    this.#byClient.set(clientKey(session), session);
    const ofThing = this.#byThing.get(session.thingId);
    if (ofThing === undefined) this.#byThing.set(session.thingId, new Set([session]));
    else ofThing.add(session);
  }

  remove(session: RegisteredSession): void {
    const name = clientKey(session);
    if (this.#byClient.get(name) === session) {
      this.#byClient.delete(name);
      const { closed } = session;
      this.#leaving.set(name, closed);
      void closed.then(() => {
        if (this.#leaving.get(name) === closed) this.#leaving.delete(name);
      });
    }
    const ofThing = this.#byThing.get(session.thingId);
    ofThing?.delete(session);
    if (ofThing?.size === 0) this.#byThing.delete(session.thingId);
  }

  listens(listener: ChannelListener, channelId: string): void {
    const listeners = this.#byChannel.get(channelId);
    if (listeners === undefined) this.#byChannel.set(channelId, new Set([listener]));
    else listeners.add(listener);
  }

  listensNoMore(listener: ChannelListener, channelId: string): void {
    const listeners = this.#byChannel.get(channelId);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#byChannel.delete(channelId);
  }

  wildcards(listener: ChannelListener, has: boolean): void {
    if (has) this.#wildcards.add(listener);
    else this.#wildcards.delete(listener);
  }

  /** Stops watching access; the sessions are ended by their connections. */
  close(): void {
    this.#stopWatching();
  }

  #accessChanged(change: AccessChange): void {
    switch (change.kind) {
      case "thing":
        return this.#thingChanged(change.id, change.keyChanged);
      case "channel":
        // Copies: a listener that looks again may leave the set, or come back to it.
        for (const listener of [...this.#byChannel.get(change.id) ?? [], ...this.#wildcards]) {
          listener.accessChanged(change.id);
        }
        return;
      case "user":
        return;
    }
  }

  #thingChanged(thingId: string, keyChanged: boolean): void {
    const sessions = this.#byThing.get(thingId);
    if (sessions === undefined) return;
    const thing = this.#access.thing(thingId);
    for (const session of [...sessions]) {
      const reason = withdrawn(session, { thing, keyChanged });
      if (reason === undefined) session.subscriptions.accessChanged();
      else session.end(reason, { reasonCode: ReasonCode.notAuthorized });
    }
  }
}

/** Why a session may not go on, if it may not. */
function withdrawn(
  { provenBy }: RegisteredSession,
  { thing, keyChanged }: {
    readonly thing: ThingAccess | undefined;
    readonly keyChanged: boolean;
  },
): string | undefined {
  if (thing === undefined) return "the thing was removed";
  if (!thing.enabled) return "the thing was disabled";
  if (provenBy === undefined) return keyChanged ? "the key of the thing was changed" : undefined;
  return proves(provenBy, thing) ? undefined : "the certificate was unbound from the thing";
}

function clientKey({ thingId, clientId }: DurableSessionKey): string {
  return `${thingId} ${clientId}`;
}
