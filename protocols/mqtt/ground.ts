import type { Clock, Logger, SessionJournal } from "../../actors/mod.ts";
import type { AccessIndex, LiveFeed, RetainedMessages } from "../../projections/mod.ts";
import type { Ingress } from "../ingress/mod.ts";
import type { MqttCounters } from "./counters.ts";
import type { PublishFrames } from "./delivery.ts";
import type { MqttLimits } from "./limits.ts";
import type { OpenSessions } from "./open_sessions.ts";
import type { RefusedConnects } from "./refused_connects.ts";
import type { SharedGroups } from "./shared_groups.ts";

/** What the MQTT edge stands on; the composition root provides it. */
export interface MqttServerGround {
  readonly access: AccessIndex;
  readonly ingress: Ingress;
  readonly liveFeed: LiveFeed;
  readonly retained: RetainedMessages;
  readonly journal: SessionJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** The same with what all connections of one server share. */
export interface MqttGround extends MqttServerGround {
  readonly limits: MqttLimits;
  readonly counters: MqttCounters;
  readonly sessions: OpenSessions;
  readonly shared: SharedGroups;
  readonly frames: PublishFrames;
  readonly refusedConnects: RefusedConnects;
}
