/**
 * Bytes to packets and back, without state of a connection and without opinion about it.
 *
 * Main path: `FrameReader` cuts what a socket brought into frames; PUBLISH and the four
 * acknowledgements are read in place by `publish.ts` and `acks.ts`, everything else by mqtt-packet
 * behind `packets.ts`, which refuses what mqtt-packet would let pass.
 *
 * Bytes that are not MQTT 3.1.1 give a ProtocolError and nothing else. mqtt-packet is imported here
 * only.
 */
export * from "./acks.ts";
export * from "./frame_reader.ts";
export * from "./packet_type.ts";
export * from "./packets.ts";
export * from "./publish.ts";
export * from "./text.ts";
