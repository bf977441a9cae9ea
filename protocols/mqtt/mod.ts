/**
 * The MQTT 5.0 and 3.1.1 edge: devices and applications by TCP, TLS and WebSocket.
 *
 * Main path: `server.ts` accepts; `connection.ts` cuts bytes into frames; `session.ts` hands each to
 * its handler; a PUBLISH goes through `routes.ts` to ingress, and `inbound.ts` answers it when it is
 * durable. Out: the live feed calls `delivery.ts`, and `outbound.ts` sends as fast as the client takes;
 * what there was no room for, or was missed while away, `catch_up.ts` reads from the log. `opening.ts`
 * finds a session again, `session_keeper.ts` writes it down. `translate.ts` alone knows topics and
 * things at once.
 *
 * Nothing is acknowledged here before ingress says so, and nothing waits for I/O on the way in.
 */
export { endAbandonedSessions } from "./abandoned_sessions.ts";
export type { ByteStream } from "./connection.ts";
export type { MqttCounters } from "./counters.ts";
export type { MqttServerGround } from "./ground.ts";
export { MQTT_LIMITS, type MqttLimits } from "./limits.ts";
export type { ClientCertificate, Peer, TlsDetails } from "./peer.ts";
export { MqttServer } from "./server.ts";
export { sealedThingKeys, type ThingKey, type ThingKeys } from "./thing_keys.ts";
export { MQTT_SUBPROTOCOLS } from "./transports/mod.ts";
