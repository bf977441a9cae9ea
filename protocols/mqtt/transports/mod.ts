/**
 * What carries MQTT: TCP and TLS ports, and WebSockets that another edge opened.
 *
 * Main path: a port accepts a connection and hands it to the server as a `ByteStream`, with what is
 * known of its peer.
 *
 * Nothing here knows packets: bytes come in order, and as many are read as the session asks for.
 */
export type { Listening } from "./listening.ts";
export { listenTcp } from "./tcp.ts";
export { listenTls } from "./tls.ts";
export { MQTT_SUBPROTOCOLS, WebSocketStream } from "./websocket_stream.ts";
