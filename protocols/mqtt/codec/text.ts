import { malformed } from "./mqtt_error.ts";

// [MQTT-1.5.3-1] [MQTT5-1.5.4-1]: fatal refuses ill-formed sequences, encoded surrogates among them.
// [MQTT-1.5.3-3] [MQTT5-1.5.4-3]: a byte order mark is a character of the text, so it is not taken away.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads UTF-8 as MQTT allows it, or throws ProtocolError. */
export function readText(bytes: Uint8Array): string {
  const text = wellFormed(bytes);
  if (text === undefined) throw malformed("Cannot read a string: it is not well-formed UTF-8");
  // [MQTT-1.5.3-2] [MQTT-4.7.3-2] [MQTT5-1.5.4-2] [MQTT5-4.7.3-2]
  if (text.includes("\0")) {
    throw malformed("Cannot read a string: it contains the character U+0000");
  }
  return text;
}

/** The text that the bytes are, or undefined if they are no UTF-8. */
export function wellFormed(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

export function textBytes(text: string): Uint8Array {
  return encoder.encode(text);
}
