import type { BucketCounts } from "../../../actors/mod.ts";

interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Each with few values, which no client can add to. */
  readonly labels?: readonly string[];
}

/**
 * Every metric of the platform, by its name behind `millrace_`. The name ends in the unit, and in
 * `_total` if it only grows, as Prometheus asks. docs/observability.md has them in the same order.
 */
export const METRICS = {
  build_info: { type: "gauge", help: "1, with the version of the program", labels: ["version"] },
  engine_up: {
    type: "gauge",
    help: "1 while the engine behind a port answers",
    labels: ["port", "engine", "version"],
  },
  engine_lag: {
    type: "gauge",
    help: "What waits for an engine: appends, frames, positions of the log",
    labels: ["port"],
  },
  ingress_messages_total: { type: "counter", help: "Messages that were taken in, by all edges" },
  ingress_bytes_total: { type: "counter", help: "Bytes of their payloads" },
  ingress_ticks_total: { type: "counter", help: "Ticks in which they went to the mailbox" },
  ingress_refused_total: { type: "counter", help: "Messages that were taken in and not stored" },
  ingress_duration_seconds: {
    type: "histogram",
    help: "From the first message of a tick until the tick is durable, once a message",
  },
  batch_messages: { type: "histogram", help: "Messages of a batch, which becomes one event" },
  batch_bytes: { type: "histogram", help: "Bytes of a batch" },
  mailbox_frames_waiting: {
    type: "gauge",
    help: "Frames that the mailbox took and that are not handled yet",
  },
  event_store_append_duration_seconds: {
    type: "histogram",
    help: "From the call of an append until it is durable",
  },
  event_store_commit_duration_seconds: {
    type: "histogram",
    help: "SQLite's COMMIT with its flush to the disk, or EventStoreDB's answer to an append",
  },
  event_store_commit_appends: {
    type: "histogram",
    help: "Appends that one commit of SQLite made durable",
  },
  mqtt_connections: { type: "gauge", help: "Open connections" },
  mqtt_connections_accepted_total: { type: "counter", help: "Connections that were opened" },
  mqtt_connections_turned_away_total: {
    type: "counter",
    help: "Connections closed at once because too many were open or had not sent a CONNECT",
  },
  mqtt_handshakes_failed_total: {
    type: "counter",
    help: "Connections whose TLS handshake or PROXY header came to nothing",
  },
  mqtt_connect_duration_seconds: {
    type: "histogram",
    help: "From a CONNECT that was accepted to its CONNACK",
  },
  mqtt_connects_refused_total: { type: "counter", help: "CONNECTs that were refused" },
  mqtt_connects_past_quota_total: {
    type: "counter",
    help: "Those of them that were more than an address or a thing may have at once",
  },
  mqtt_connects_past_rate_total: {
    type: "counter",
    help: "Those of them that came too fast from one address",
  },
  mqtt_sessions_past_quota_total: {
    type: "counter",
    help: "Those of them whose session would have been one too many of its thing",
  },
  mqtt_sessions_expired_total: {
    type: "counter",
    help: "Sessions discarded because their clients did not come back in time",
  },
  mqtt_publish_duration_seconds: {
    type: "histogram",
    help: "From a message of QoS 1 or 2 to its PUBACK or PUBREC, at most",
  },
  mqtt_publishes_past_rate_total: {
    type: "counter",
    help: "Messages refused, and clients of 3.1.1 slowed, for their rate",
  },
  mqtt_subscribe_duration_seconds: {
    type: "histogram",
    help: "From a SUBSCRIBE to its SUBACK",
  },
  mqtt_actions_refused_total: {
    type: "counter",
    help: "Publishes and subscriptions that a thing may not do",
  },
  mqtt_protocol_errors_total: {
    type: "counter",
    help: "Connections that ended because their client broke the protocol",
  },
  mqtt_messages_in_total: { type: "counter", help: "Messages that clients published" },
  mqtt_messages_out_total: { type: "counter", help: "Messages sent to subscribers" },
  mqtt_messages_dropped_total: {
    type: "counter",
    help: "QoS 0 messages that a subscriber did not read in time",
  },
  mqtt_bytes_in_total: { type: "counter", help: "Bytes read from connections" },
  mqtt_bytes_out_total: { type: "counter", help: "Bytes written to connections" },
  http_requests_total: {
    type: "counter",
    help: "Requests by the pattern of their route, and what they were answered",
    labels: ["method", "route", "status"],
  },
  http_request_duration_seconds: {
    type: "histogram",
    help: "From a request to its answer, or to the beginning of a stream",
    labels: ["method", "route"],
  },
  sse_streams: { type: "gauge", help: "Open streams of Server-Sent Events" },
  sse_streams_opened_total: { type: "counter", help: "Streams that were opened" },
  sse_streams_ended_total: {
    type: "counter",
    help: "Streams that ended: by the client, for its slowness, or with its right to read",
    labels: ["reason"],
  },
  sse_stream_duration_seconds: { type: "histogram", help: "How long ended streams lasted" },
  sse_messages_total: { type: "counter", help: "Messages sent on streams" },
  live_messages_dropped_total: {
    type: "counter",
    help: "QoS 0 messages left out of streams for slow readers",
  },
  websocket_connections: { type: "gauge", help: "Open WebSockets" },
  websocket_connections_opened_total: { type: "counter", help: "WebSockets that were opened" },
  websocket_connection_duration_seconds: {
    type: "histogram",
    help: "How long ended WebSockets lasted",
  },
  refusals_total: {
    type: "counter",
    help: "What clients were refused, and why",
    labels: ["edge", "action", "reason"],
  },
  session_facts_dropped_total: {
    type: "counter",
    help: "Facts about sessions that were too many to be recorded",
  },
  actors_active: { type: "gauge", help: "Things, channels, users and domains in memory" },
  actor_activations_total: { type: "counter", help: "Actors that were brought into memory" },
  actor_passivations_total: {
    type: "counter",
    help: "Actors that left memory because nobody spoke to them",
  },
  actor_crashes_total: { type: "counter", help: "Actors dropped after an unexpected failure" },
  actor_commands_total: { type: "counter", help: "Commands that were carried out" },
  actor_rejections_total: { type: "counter", help: "Commands that were refused" },
  actor_conflicts_total: {
    type: "counter",
    help: "Appends that found another node's events in their stream",
    labels: ["of"],
  },
  projection_lag_positions: {
    type: "gauge",
    help: "Positions between a projection and the end of the log; of SQLite's log these are events",
    labels: ["projection"],
  },
  projection_lag_seconds: {
    type: "gauge",
    help: "Age of the oldest event that a projection has not applied; 0 at the end of the log",
    labels: ["projection"],
  },
  projection_events_total: {
    type: "counter",
    help: "Events that a projection has applied",
    labels: ["projection"],
  },
  projection_red: {
    type: "gauge",
    help: "1 while a projection stands still",
    labels: ["projection"],
  },
  projection_waiting: {
    type: "gauge",
    help: "1 while a projection waits for its engine, and goes on by itself",
    labels: ["projection"],
  },
  event_loop_lag_seconds: {
    type: "histogram",
    help: "How late the main thread gets to what is due",
  },
  traces_dropped_total: {
    type: "counter",
    help: "Messages that were to be traced and were too many in their batch",
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** A number, or what a histogram shows. */
export type Measured = number | BucketCounts;

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: Measured;
}

/** What there is of a metric: one value, or one for each set of labels. */
export type MetricValue = Measured | readonly Labelled[];
