import type { ActorRuntime, AppendingJournal } from "../actors/mod.ts";
import type { LiveFeed } from "../projections/mod.ts";
import type { TickingIngress } from "./ingress/mod.ts";
import type { MqttServer } from "./mqtt/mod.ts";

/** What /metrics shows, by name without the prefix. */
export function platformCounts({ ingress, mqtt, journal, runtime, liveFeed }: {
  readonly ingress: TickingIngress;
  readonly mqtt: MqttServer;
  readonly journal: AppendingJournal;
  readonly runtime: ActorRuntime;
  readonly liveFeed: LiveFeed;
}): Readonly<Record<string, number>> {
  return {
    ingress_messages_total: ingress.counters.messages,
    ingress_bytes_total: ingress.counters.bytes,
    ingress_ticks_total: ingress.counters.ticks,
    ingress_refused_total: ingress.counters.refused,
    mqtt_connections: mqtt.counters.connectionsOpen,
    mqtt_connections_turned_away_total: mqtt.counters.connectionsTurnedAway,
    mqtt_handshakes_failed_total: mqtt.counters.handshakesFailed,
    mqtt_connects_refused_total: mqtt.counters.connectsRefused,
    mqtt_connects_past_quota_total: mqtt.counters.connectsPastQuota,
    mqtt_sessions_past_quota_total: mqtt.counters.sessionsPastQuota,
    mqtt_connects_past_rate_total: mqtt.counters.connectsPastRate,
    mqtt_sessions_expired_total: mqtt.counters.sessionsExpired,
    mqtt_publishes_past_rate_total: mqtt.counters.publishesPastRate,
    mqtt_actions_refused_total: mqtt.counters.actionsRefused,
    mqtt_protocol_errors_total: mqtt.counters.protocolErrors,
    mqtt_messages_in_total: mqtt.counters.messagesIn,
    mqtt_messages_out_total: mqtt.counters.messagesOut,
    mqtt_messages_dropped_total: mqtt.counters.messagesDropped,
    live_messages_dropped_total: liveFeed.counters.dropped,
    mqtt_bytes_in_total: mqtt.counters.bytesIn,
    mqtt_bytes_out_total: mqtt.counters.bytesOut,
    session_facts_dropped_total: journal.dropped + mqtt.counters.factsDropped,
    actors_active: runtime.activeCount,
  };
}
