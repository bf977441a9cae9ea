/**
 * The edges of the platform: where devices, applications and people reach it.
 *
 * Main path: an edge authenticates its peer against the access read model, hands messages to ingress
 * and commands to actors, and answers in its protocol's own words.
 *
 * Edges decide nothing about things and channels, hold no state that a client must find again, and
 * do not import one another.
 */
export * from "./mqtt/mod.ts";
export * from "./http/mod.ts";
export * from "./ingress/mod.ts";
export { mqttOverWebSocket } from "./mqtt_over_websocket.ts";
export { type Observed, observed } from "./observed.ts";
export { openSecurePorts, type SecurePorts } from "./secure_ports.ts";
export { type Proxies, proxiesAt, type TlsFiles } from "./sockets/mod.ts";
export { authorityOf } from "./listening.ts";
