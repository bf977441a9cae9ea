import {
  type Clock,
  type ConnectionType,
  type EventStore,
  ManualClock,
  newId,
  openInlineEventStore,
  type SessionEvent,
  type SessionOrigin,
  silentLogger,
} from "../../../actors/mod.ts";
import {
  ChannelLog,
  InMemoryAccessIndex,
  LiveFeed,
  RecentRetained,
  type RecentRetainedGround,
} from "../../../projections/mod.ts";
import type { MqttServerGround, ThingKeys } from "../../../protocols/mqtt/mod.ts";
import { HandIngress } from "./hand_ingress.ts";
import { KnownSessions } from "./known_sessions.ts";

export const DOMAIN = "d0000000-0000-4000-8000-000000000001";
export const CHANNEL_A = "c0000000-0000-4000-8000-00000000000a";
export const CHANNEL_B = "c0000000-0000-4000-8000-00000000000b";
export const THING_1 = "70000000-0000-4000-8000-000000000001";
export const THING_2 = "70000000-0000-4000-8000-000000000002";

export interface ThingState {
  readonly key?: string;
  readonly status?: "enabled" | "disabled";
  /** Fingerprints. */
  readonly certificates?: readonly string[];
  readonly connections?: { readonly [channelId: string]: readonly ConnectionType[] };
}

/**
 * A small installation: channels A and B; thing 1 (`key-1`) publishes and subscribes on both, thing
 * 2 (`key-2`) on A alone.
 */
export class Installation {
  readonly access = new InMemoryAccessIndex({ hashKey: (key) => `hash of ${key}` });
  readonly liveFeed = new LiveFeed();
  /** What the read model of retained messages answers. */
  storedRetained: RecentRetainedGround["stored"] = () => Promise.resolve({ messages: [] });
  readonly retained: RecentRetained;
  readonly ingress: HandIngress;
  readonly facts: { readonly origin: SessionOrigin; readonly event: SessionEvent }[] = [];
  readonly clock: Clock;
  /** Holds durable sessions. */
  readonly store: EventStore;
  /** What is known of them. */
  readonly known: KnownSessions;
  readonly #keys = new Map<string, string>();
  #position = 0;

  constructor(clock: Clock = new ManualClock(), retained?: RecentRetained) {
    this.clock = clock;
    this.retained = retained ?? new RecentRetained({
      stored: (question) => this.storedRetained(question),
      reached: () => 0,
      startPosition: 0,
    });
    this.ingress = new HandIngress(this.liveFeed, this.retained, () => clock.nowMs());
    this.store = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
    this.known = new KnownSessions(this.store);
    const both: ConnectionType[] = ["publish", "subscribe"];
    this.channel(CHANNEL_A);
    this.channel(CHANNEL_B);
    this.thing(THING_1, { connections: { [CHANNEL_A]: both, [CHANNEL_B]: both } });
    this.thing(THING_2, { connections: { [CHANNEL_A]: both } });
  }

  get ground(): MqttServerGround {
    const { access, liveFeed, retained, ingress, clock } = this;
    return {
      access,
      liveFeed,
      retained,
      ingress,
      clock,
      logger: silentLogger,
      newId,
      store: this.store,
      channelLog: new ChannelLog({ events: this.store, clock }),
      thingKeys: this.thingKeys,
      readModels: this.known.readModels,
      journal: { record: (origin, event) => this.facts.push({ origin, event }) },
    };
  }

  /** Salts are readable here: a name's own bytes, cut or filled to 16. */
  get thingKeys(): ThingKeys {
    return {
      keyOf: (thingId) => {
        const key = this.#keys.get(thingId);
        return Promise.resolve(key === undefined ? undefined : { key, hash: `hash of ${key}` });
      },
      saltOf: (name) => new TextEncoder().encode(name.padEnd(16).slice(-16)),
    };
  }

  /** What was recorded, without what differs from run to run. */
  get events(): readonly SessionEvent[] {
    return this.facts.map(({ event }) => event);
  }

  channel(id: string, status: "enabled" | "disabled" = "enabled"): void {
    const fields = { status, ownerId: "", shares: {} };
    this.access.apply([{ kind: "channel", domainId: DOMAIN, id, fields }], ++this.#position);
  }

  domain(fields: { readonly sessionExpirySecondsMax: number | null }): void {
    const row = { kind: "domain", domainId: DOMAIN, id: DOMAIN, fields } as const;
    this.access.apply([row], ++this.#position);
  }

  thing(id: string, state: ThingState = {}): void {
    const key = state.key ?? `key-${id.at(-1)}`;
    this.#keys.set(id, key);
    const connections = Object.fromEntries(
      Object.entries(state.connections ?? {}).map(([channelId, types]) => [channelId, [...types]]),
    );
    const status = state.status ?? "enabled";
    const certificates = Object.fromEntries((state.certificates ?? []).map((each) => [each, {}]));
    const keyHash = `hash of ${key}`;
    const fields = { status, ownerId: "", shares: {}, keyHash, certificates, connections };
    this.access.apply([{ kind: "thing", domainId: DOMAIN, id, fields }], ++this.#position);
  }

  removeThing(id: string): void {
    this.#keys.delete(id);
    this.access.apply([{ kind: "thing", domainId: DOMAIN, id }], ++this.#position);
  }
}
