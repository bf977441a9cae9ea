import { ProtocolError } from "../../../actors/mod.ts";

// [MQTT-1.5.3-1]: fatal refuses ill-formed sequences, encoded surrogates among them.
// [MQTT-1.5.3-3]: a byte order mark is a character of the text, so it is not taken away.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads UTF-8 as MQTT allows it, or throws ProtocolError. */
export function readText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("Cannot read a string: it is not well-formed UTF-8", { cause });
  }
  // [MQTT-1.5.3-2] [MQTT-4.7.3-2]
  if (text.includes("\0")) {
    throw new ProtocolError("Cannot read a string: it contains the character U+0000");
  }
  return text;
}

export function textBytes(text: string): Uint8Array {
  return encoder.encode(text);
}
