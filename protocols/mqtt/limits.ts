/** Bytes of one packet, all of it; a batch of the log is of the same size. */
export const MQTT_PACKET_BYTES_MAX = 256 * 1024;
/** How long a connection may take to send its CONNECT, and to authenticate if it takes more. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** Connections that have not sent their CONNECT yet: strangers may not fill the house. */
export const CONNECTIONS_WAITING_MAX = 2_000;
/** Connections in all: at some 30 KB each they take 3 GB. */
export const CONNECTIONS_MAX = 100_000;
/** Connections as one thing: half of all, so that no thing keeps all others out. 0: no limit. */
export const CONNECTIONS_PER_THING_MAX = 50_000;
/** Connections from one address, behind which a whole fleet may stand: half of all. 0: no limit. */
export const CONNECTIONS_PER_ADDRESS_MAX = 50_000;
/** CONNECTs in a second from one address. 0: no limit, because a fleet may return through one at once. */
export const CONNECTS_PER_SECOND_MAX = 0;
/** Messages in a second from one thing by all its connections. 0: no limit; the store slows who is ahead. */
export const PUBLISHES_PER_SECOND_MAX = 0;
/** Seconds for which those who were silent may make up at once: devices gather, and send in one go. */
export const RATE_BURST_SECONDS = 10;
/** Addresses, and things, whose rate is remembered, at some 150 bytes each; as many as connections. */
export const RATE_BUCKETS_MAX = 100_000;
/** Bytes of a client id; 3.1.1 asks for at least 23. */
export const CLIENT_ID_BYTES_MAX = 1_024;
/** Bytes of a CONNACK that lets a client in, with what it says in any case. */
export const CONNACK_BYTES_MIN = 16;
/** Topic filters of one connection. */
export const SUBSCRIPTIONS_MAX = 1_000;
/** Channels that the filters of one connection listen to, wildcards expanded. */
export const LISTENS_MAX = 20_000;
/** Filters of one connection that wait for their retained messages; more are refused meanwhile. */
export const RETAINED_PENDING_MAX = 2_000;
/** Channels whose first retained messages one session reads ahead, a page of each: many have few. */
export const RETAINED_CHANNELS_AHEAD = 4;
/** Levels of a topic name or filter. */
export const TOPIC_LEVELS_MAX = 64;
/** Bytes of a topic name or filter; the protocol's own bound is 65,535. */
export const TOPIC_BYTES_MAX = 1_024;
/** Publish routes that one connection remembers. */
export const ROUTES_MAX = 1_000;
/** Messages of one publisher that are not durable yet, at which its socket is not read. */
export const UNSETTLED_MAX = 16_384;
/**
 * QoS 1 and 2 messages on their way to one subscriber; also the highest packet id used. Ten
 * publishers to one subscriber of QoS 1 over loopback, nothing stored: with 1,000 the subscriber fell
 * behind an ingress of 0.75-0.95 M messages/s and was ended, with 4,000 it kept up with 1.0-1.1 M.
 */
export const INFLIGHT_MAX = 4_000;
/** QoS 1 and 2 messages that a client of MQTT 5 may have under way towards the server. */
export const RECEIVE_MAXIMUM = 1_024;
/** Topic aliases that a client of MQTT 5 may give. */
export const TOPIC_ALIAS_MAXIMUM = 64;
/** Aliases that the server gives of its own, however many a client would take. */
export const TOPIC_ALIASES_GIVEN_MAX = 64;
/** Bytes of a message's properties in the log; its user properties are the only ones without a bound of their own. */
export const PROPERTIES_BYTES_MAX = 16 * 1024;
/**
 * Iterations of PBKDF2 by which a key is proven: the least that RFC 7677 allows. They slow down who
 * guesses at keys that people chose; a generated key has 122 random bits and needs none, and small
 * devices take a second for as many.
 */
export const SCRAM_ITERATIONS = 4_096;
/** Random bytes that the server adds to a client's nonce. */
export const SCRAM_NONCE_BYTES = 18;
/** Bytes of one message of SCRAM, name and nonce in it. */
export const SCRAM_MESSAGE_BYTES_MAX = 1_024;
/** Bytes that the answer to a proof adds to a CONNACK: the method, and 46 bytes of data. */
export const SCRAM_CONNACK_BYTES = 65;
/** Verifiers that are made at once, each on a thread of the runtime for about a millisecond. */
export const SCRAM_DERIVATIONS_MAX = 2;
/** Those that wait for their turn; the client of one more is told that the server is busy. */
export const SCRAM_WAITING_MAX = 1_000;
/** Verifiers that are kept, at some 400 bytes each. */
export const SCRAM_VERIFIERS_MAX = 10_000;
/** How long a proof waits for the directory to know what the access index knows. */
export const THING_KEY_WAIT_MS = 2_000;
/**
 * Bytes of what the log brought that wait for sockets: for one that catches up, and for all of them.
 * It lies in the log, and can wait there; a thousand may return at once.
 */
export const READ_OUT_BYTES = { least: 16 * 1024, together: 16 * 1024 * 1024 };
/** Messages that the log brought on their way to subscribers, in the same way. */
export const READ_INFLIGHT = { least: 128, together: 128 * 1024 };
/** Sessions of one shared subscription that are remembered while they are away, at some 100 bytes each. */
export const SHARED_SESSIONS_MAX = 1_000;
/** Messages that a group has handed out when it is written down, if that is sooner than by time. */
export const SHARED_CHANGES_PER_STATE = 4_096;
/** Messages of QoS 1 and 2 under way to a member at another node: 20 ms of 10,000 in a second. */
export const SHARED_WINDOW = 256;
/** Bytes of them. */
export const SHARED_WINDOW_BYTES = 4 * 1024 * 1024;
/** Messages under way to all members of one group at other nodes: their places fit into one event. */
export const SHARED_UNDER_WAY_MAX = 8_192;
/** Bytes that wait to go to one node, past which QoS 0 is dropped and nobody there is ready. */
export const SHARED_QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of one message between two nodes, at which it is full; one message more fits behind them. */
export const SHARED_PIECE_BYTES = 256 * 1024;
/** Acknowledged messages of one group that a node remembers for the next host: four states apart. */
export const SHARED_FINISHED_MAX = 4 * SHARED_CHANGES_PER_STATE;
/** The same of QoS 2 that their members did not send: more than any one member's window. */
export const SHARED_RETURNED_MAX = 4_096;
/** Sessions that left while no host answered, of one partition: beyond it their time runs by itself. */
export const SHARED_FORGETS_MAX = 10_000;
/** A node says in this time that its members are there. */
export const SHARED_HEARTBEAT_MS = 2_000;
/** A node that was not heard of for so long is gone, or will join again. */
export const SHARED_SILENCE_MS = 6_000;
/** Between two looks for nodes that are silent. */
export const SHARED_LOOK_MS = 1_000;
/** So long a group waits for its nodes when it comes to another host: longer than a heartbeat. */
export const SHARED_GRACE_MS = 3_000;
/** Seconds for which a group waits for a node that is silent, and whose connections may live. */
export const SHARED_NODE_AWAY_SECONDS = 60;
/** Acknowledgements wait so long for others. */
export const SHARED_REPORT_MS = 20;
/** So many of them do not wait. */
export const SHARED_REPORT_AT = 64;
/** Patience with one answer of another node. */
export const SHARED_ANSWER_MS = 1_000;
/** Wait before a node is asked again that did not answer. */
export const SHARED_AGAIN_MS = 250;
/** Messages that are sent again with a CONNACK; the rest of them takes turns with other sessions. */
export const RESENT_AT_ONCE = 16;
/** How long a CONNECT waits until its session is stored, before the client is told to come back. */
export const KEEP_MS_MAX = 10_000;
/** Between two looks whether the connection is over that a client made in the same instant elsewhere. */
export const SAME_INSTANT_MS = 50;
/**
 * Sessions of one thing that outlive their connection, at some 8 KB of the log each: a whole fleet may
 * share one thing. 0: no limit.
 */
export const DURABLE_SESSIONS_PER_THING_MAX = 10_000;
/** How long a CONNECT waits until it is known how many its thing has, before what is known counts. */
export const DURABLE_COUNT_WAIT_MS = 2_000;
/** Things of which it is remembered how many they have, at some 150 bytes each. */
export const DURABLE_THINGS_REMEMBERED_MAX = 100_000;
/** Sessions that one sweep discards, with one flush for all of them. */
export const SWEEP_SESSIONS_MAX = 100;
/** Between two sweeps where more is to be done: 100 sessions in a second leave the log to the others. */
export const SWEEP_PAUSE_MS = 1_000;
/** Between two sweeps otherwise; an expired session is in nobody's way meanwhile. */
export const SWEEP_INTERVAL_MS = 60_000;
/** How often a durable session that has a connection is written as a whole, if it changed. */
export const KEPT_STATE_MS = 5_000;
/** Longest session expiry that is granted; a longer one is cut, and MQTT 5 says so. */
export const SESSION_EXPIRY_SECONDS_MAX = 7 * 86_400;
/**
 * Bytes that wait for one subscriber's socket, past which QoS 0 is dropped and QoS 1 and 2 queue. Ten
 * busy publishers bring up to 640 KiB in one turn of the loop while as much is being written: with 1
 * MiB a quarter of 400,000 messages/s of QoS 0 was dropped before a subscriber that reads, with 2 MiB
 * next to nothing.
 */
export const OUT_BYTES_MAX = 2 * 1024 * 1024;
/** Bytes of QoS 1 and 2 that queue for one subscriber, past which its connection ends. */
export const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of answers to a client that sends but does not read, past which its connection ends. */
export const REPLY_BYTES_MAX = 1024 * 1024;
/** Facts on subscriptions and refusals that one connection may cause in a minute; more are counted. */
export const FACTS_PER_MINUTE_MAX = 2_000;
/** Characters of a reason in a fact: it may quote what a client sent. */
export const REASON_LENGTH_MAX = 300;
/** Refusals are counted for so long before they are recorded; the wait doubles while they go on. */
export const REFUSALS_FIRST_WAIT_MS = 1_000;
/** At one fact in this time a thousand facts, as a thing's stream keeps them, reach back three days. */
export const REFUSALS_WAIT_MS_MAX = 300_000;
/** Different refusals that are counted apart in one wait; what is beyond is counted together. */
export const REFUSALS_DISTINCT_MAX = 16;
/** Things whose refused CONNECTs are counted at once; those of more are counted as dropped facts. */
export const REFUSED_CONNECTS_THINGS_MAX = 10_000;
/** Bytes of topic filters that the fact of a resumed session names; more are counted. */
export const RESUMED_FILTER_BYTES_MAX = 8 * 1024;
/** Channels with lost messages that the fact of a resumed session names; more are counted. */
export const GONE_CHANNELS_MAX = 50;
/** Memory of one recording of packets; past it the oldest are dropped and counted. */
export const RECORDING_BYTES_MAX = 4 * 1024 * 1024;
/** Recordings that run or are kept: at most 64 MiB in all. */
export const RECORDINGS_MAX = 16;
/** What a recorded packet takes beside its bytes. */
export const RECORDED_PACKET_BYTES = 160;
/** Of a recording that goes to another node, in one answer: with the largest packet below 1 MB. */
export const RECORDED_PIECE_BYTES = 600_000;
/** How long a node that is asked for its devices may take. */
export const DEVICE_ANSWER_MS = 2_000;
/** How long a recording can be fetched after its end. */
export const RECORDING_KEPT_MS = 3_600_000;
/** Of a buffer that small frames share, and the largest of them: larger ones have their own. */
export const ROOM_BYTES = 64 * 1024;
export const ROOM_FRAME_BYTES_MAX = 4 * 1024;
/** How long the last bytes to a client may take when its connection ends. */
export const FAREWELL_MS = 1_000;
/** Bytes of the first read buffer; busy connections get up to READ_BYTES_MAX. */
export const READ_BYTES_MIN = 1_024;
export const READ_BYTES_MAX = 64 * 1024;

/** The bounds of a server. Tests reach them with smaller ones. */
export interface MqttLimits {
  readonly packetBytesMax: number;
  readonly connectTimeoutMs: number;
  readonly connectionsWaitingMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerThingMax: number;
  readonly connectionsPerAddressMax: number;
  readonly connectsPerSecondMax: number;
  readonly publishesPerSecondMax: number;
  readonly subscriptionsMax: number;
  readonly listensMax: number;
  readonly retainedPendingMax: number;
  readonly unsettledMax: number;
  readonly inflightMax: number;
  readonly receiveMaximum: number;
  readonly sessionExpirySecondsMax: number;
  readonly durableSessionsPerThingMax: number;
  readonly topicAliasMaximum: number;
  readonly outBytesMax: number;
  readonly queueBytesMax: number;
  readonly replyBytesMax: number;
  readonly factsPerMinuteMax: number;
}

export const MQTT_LIMITS: MqttLimits = {
  packetBytesMax: MQTT_PACKET_BYTES_MAX,
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
  connectionsWaitingMax: CONNECTIONS_WAITING_MAX,
  connectionsMax: CONNECTIONS_MAX,
  connectionsPerThingMax: CONNECTIONS_PER_THING_MAX,
  connectionsPerAddressMax: CONNECTIONS_PER_ADDRESS_MAX,
  connectsPerSecondMax: CONNECTS_PER_SECOND_MAX,
  publishesPerSecondMax: PUBLISHES_PER_SECOND_MAX,
  subscriptionsMax: SUBSCRIPTIONS_MAX,
  listensMax: LISTENS_MAX,
  retainedPendingMax: RETAINED_PENDING_MAX,
  unsettledMax: UNSETTLED_MAX,
  inflightMax: INFLIGHT_MAX,
  receiveMaximum: RECEIVE_MAXIMUM,
  sessionExpirySecondsMax: SESSION_EXPIRY_SECONDS_MAX,
  durableSessionsPerThingMax: DURABLE_SESSIONS_PER_THING_MAX,
  topicAliasMaximum: TOPIC_ALIAS_MAXIMUM,
  outBytesMax: OUT_BYTES_MAX,
  queueBytesMax: QUEUE_BYTES_MAX,
  replyBytesMax: REPLY_BYTES_MAX,
  factsPerMinuteMax: FACTS_PER_MINUTE_MAX,
};
