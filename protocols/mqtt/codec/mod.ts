/**
 * Bytes to packets and back, without state of a connection and without opinion about it.
 *
 * Main path: `FrameReader` cuts what a socket brought into frames; PUBLISH is located in place by
 * `publish.ts`; every other packet is read field by field. mqtt-packet writes the answers that are
 * not on the hot path; it does not read, because it repairs what MQTT asks to refuse (ADR 10).
 *
 * Bytes that are not MQTT give a MqttError with the reason code of MQTT 5 and nothing else.
 */
export * from "./acks.ts";
export * from "./answers.ts";
export * from "./connect.ts";
export * from "./farewells.ts";
export * from "./frame_reader.ts";
export * from "./mqtt_error.ts";
export * from "./packet_type.ts";
export * from "./properties.ts";
export * from "./publish.ts";
export * from "./reason_codes.ts";
export * from "./recordable.ts";
export * from "./shown_packet.ts";
export * from "./subscribe.ts";
export * from "./text.ts";
