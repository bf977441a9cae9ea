import type {
  ActorRuntime,
  AppendingJournal,
  EventStoreMeasures,
  MessageRecorder,
} from "../actors/mod.ts";
import type { LiveFeed } from "../projections/mod.ts";
import type { HttpCounters, Labelled, MetricValues } from "./http/mod.ts";
import type { TickingIngress } from "./ingress/mod.ts";
import type { MqttServer } from "./mqtt/mod.ts";

/** Who counts in this process. */
export interface Counting {
  readonly ingress: TickingIngress;
  readonly mqtt: MqttServer;
  readonly http: HttpCounters;
  readonly journal: AppendingJournal;
  readonly runtime: ActorRuntime;
  readonly recorder: MessageRecorder;
  readonly liveFeed: LiveFeed;
  readonly measures: EventStoreMeasures;
}

/** What /metrics shows of it. */
export function platformCounts(counting: Counting): MetricValues {
  const { ingress, mqtt: { counters: mqtt }, journal, liveFeed, measures } = counting;
  return {
    ingress_messages_total: ingress.counters.messages,
    ingress_bytes_total: ingress.counters.bytes,
    ingress_ticks_total: ingress.counters.ticks,
    ingress_refused_total: ingress.counters.refused,
    ingress_duration_seconds: ingress.counters.durable,
    batch_messages: ingress.counters.batchMessages,
    batch_bytes: ingress.counters.batchBytes,
    event_store_append_duration_seconds: measures.append,
    event_store_commit_duration_seconds: measures.commit,
    event_store_commit_appends: measures.commitAppends,
    mqtt_connections: mqtt.connectionsOpen,
    mqtt_connections_accepted_total: mqtt.connectionsAccepted,
    mqtt_connections_turned_away_total: mqtt.connectionsTurnedAway,
    mqtt_handshakes_failed_total: mqtt.handshakesFailed,
    mqtt_connect_duration_seconds: mqtt.connect,
    mqtt_connects_refused_total: mqtt.connectsRefused,
    mqtt_connects_past_quota_total: mqtt.connectsPastQuota,
    mqtt_connects_past_rate_total: mqtt.connectsPastRate,
    mqtt_sessions_past_quota_total: mqtt.sessionsPastQuota,
    mqtt_sessions_expired_total: mqtt.sessionsExpired,
    mqtt_publish_duration_seconds: mqtt.publish,
    mqtt_publishes_past_rate_total: mqtt.publishesPastRate,
    mqtt_subscribe_duration_seconds: mqtt.subscribe,
    mqtt_actions_refused_total: mqtt.actionsRefused,
    mqtt_protocol_errors_total: mqtt.protocolErrors,
    mqtt_messages_in_total: mqtt.messagesIn,
    mqtt_messages_out_total: mqtt.messagesOut,
    mqtt_messages_dropped_total: mqtt.messagesDropped,
    mqtt_bytes_in_total: mqtt.bytesIn,
    mqtt_bytes_out_total: mqtt.bytesOut,
    ...httpCounts(counting.http),
    live_messages_dropped_total: liveFeed.counters.dropped,
    refusals_total: refusals(counting),
    session_facts_dropped_total: journal.dropped + mqtt.factsDropped,
    ...actorCounts(counting),
    traces_dropped_total: ingress.tracesDropped,
  };
}

function httpCounts(http: HttpCounters): MetricValues {
  const { streams, webSockets } = http;
  const requests = [...http.requests()];
  return {
    http_requests_total: requests.flatMap(({ method, route, byStatus }) =>
      [...byStatus].map(([status, value]) => ({
        labels: { method, route, status: String(status) },
        value,
      }))
    ),
    http_request_duration_seconds: requests.map(({ method, route, duration }) => ({
      labels: { method, route },
      value: duration,
    })),
    sse_streams: streams.open,
    sse_streams_opened_total: streams.opened,
    sse_streams_ended_total: Object.entries(streams.ended).map(([reason, value]) => ({
      labels: { reason },
      value,
    })),
    sse_stream_duration_seconds: streams.duration,
    sse_messages_total: streams.messages,
    websocket_connections: webSockets.open,
    websocket_connections_opened_total: webSockets.opened,
    websocket_connection_duration_seconds: webSockets.duration,
  };
}

function refusals({ mqtt, http }: Counting): readonly Labelled[] {
  const byMqtt = [...mqtt.counters.refusals.rows()].map(({ action, reason, count }) => ({
    labels: { edge: "mqtt", action, reason },
    value: count,
  }));
  const byHttp = [...http.refusals()].map(([reason, value]) => ({
    labels: { edge: "http", action: "request", reason },
    value,
  }));
  return [...byMqtt, ...byHttp];
}

function actorCounts({ runtime, recorder }: Counting): MetricValues {
  const { counters } = runtime;
  return {
    actors_active: runtime.activeCount,
    actor_activations_total: counters.activations,
    actor_passivations_total: counters.passivations,
    actor_crashes_total: counters.crashes,
    actor_commands_total: counters.commands,
    actor_rejections_total: counters.rejections,
    actor_conflicts_total: [
      { labels: { of: "commands" }, value: counters.conflicts },
      { labels: { of: "messages" }, value: recorder.counters.conflicts },
    ],
  };
}
