import type { Clock, EventStore, Logger, Requests, SessionJournal } from "../../actors/mod.ts";
import type {
  AccessIndex,
  ChannelLog,
  LiveFeed,
  ReadModels,
  RetainedMessages,
} from "../../projections/mod.ts";
import type { Ingress } from "../ingress/mod.ts";
import type {
  Admission,
  DurablePlaces,
  RefusedConnects,
  ScramVerifiers,
  ThingKeys,
  TokenBuckets,
} from "./admission/mod.ts";
import type { ClientsOfNodes } from "./clients_of_nodes.ts";
import type { MqttCounters } from "./counters.ts";
import type { CatchUpTurns, PublishFrames, SharedSubscriptions } from "./outgoing/mod.ts";
import type { DelayedWills } from "./keeping/mod.ts";
import type { MqttLimits } from "./limits.ts";
import type { OpenSessions } from "./open_sessions.ts";
import type { PacketRecorder } from "./recorder/mod.ts";

/** What the MQTT edge stands on; the composition root provides it. */
export interface MqttServerGround {
  readonly access: AccessIndex;
  readonly ingress: Ingress;
  readonly liveFeed: LiveFeed;
  readonly retained: RetainedMessages;
  readonly thingKeys: ThingKeys;
  readonly journal: SessionJournal;
  /** What is known of sessions without reading the stream of each. */
  readonly readModels: Pick<ReadModels, "waitFor"> & {
    readonly presence: Pick<ReadModels["presence"], "openSessions">;
    readonly durableSessions: Pick<
      ReadModels["durableSessions"],
      "count" | "expired" | "connected"
    >;
  };
  /** Durable sessions lie in it. */
  readonly store: EventStore;
  /** What they missed is read from it. */
  readonly channelLog: ChannelLog;
  /** Where there are other nodes whose clients may come here. */
  readonly requests?: Requests;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** The same with what all connections of one server share. */
export interface MqttGround extends MqttServerGround {
  readonly limits: MqttLimits;
  readonly counters: MqttCounters;
  readonly admission: Admission;
  readonly durablePlaces: DurablePlaces;
  /** By thing; undefined where messages may come as fast as they like. */
  readonly publishRates: TokenBuckets | undefined;
  readonly sessions: OpenSessions;
  /** Undefined where there is one node only. */
  readonly clients: ClientsOfNodes | undefined;
  readonly shared: SharedSubscriptions;
  readonly delayedWills: DelayedWills;
  readonly turns: CatchUpTurns;
  /** The end of the log when this server began. */
  readonly startPosition: number;
  /** When this server began, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  readonly frames: PublishFrames;
  readonly refusedConnects: RefusedConnects;
  readonly recorder: PacketRecorder;
  readonly scramVerifiers: ScramVerifiers;
}
