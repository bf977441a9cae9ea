/**
 * The MQTT 5.0 and 3.1.1 edge: devices and applications by TCP, TLS and WebSocket.
 *
 * Main path: `server.ts` accepts; `connection.ts` cuts bytes into frames; `session.ts` hands each to
 * its handler; a PUBLISH goes through `routes.ts` to ingress, and `inbound.ts` answers it when it is
 * durable. A CONNECT passes `admission/`, and `opening.ts` finds its session again, which `keeping/`
 * wrote down. What goes to clients is in `outgoing/`, and what clients of several nodes share in
 * `sharing/`. `translate.ts` alone knows topics and things.
 *
 * Nothing is acknowledged here before ingress says so, and nothing waits for I/O on the way in.
 */
export type { ByteStream } from "./connection.ts";
export type { MqttCounters } from "./counters.ts";
export { type DevicesGround, type DevicesHere, DevicesOfNodes } from "./devices_of_nodes.ts";
export type { MqttServerGround } from "./ground.ts";
export { MQTT_LIMITS, type MqttLimits } from "./limits.ts";
export type { ClientCertificate, Peer, TlsDetails } from "./peer.ts";
export { MqttServer } from "./server.ts";
export { SharedHost, type SharedHostGround } from "./sharing/mod.ts";
export { sealedThingKeys, type ThingKey, type ThingKeys } from "./admission/mod.ts";
export { MQTT_SUBPROTOCOLS } from "./transports/mod.ts";
