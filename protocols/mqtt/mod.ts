/**
 * The MQTT 5.0 and 3.1.1 edge: devices and applications on one TCP port.
 *
 * Main path: `server.ts` accepts a connection; `connection.ts` reads its bytes into frames;
 * `session.ts` hands each frame to its handler; a PUBLISH goes through `routes.ts` to ingress, which
 * settles it with `inbound.ts` when it is durable, and PUBACK goes out. In the other direction the
 * live feed hands messages to `delivery.ts`, and `outbound.ts` sends them as fast as the subscriber
 * takes them. `translate.ts` alone knows topics and things at once.
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
