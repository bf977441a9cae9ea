import { ProtocolError } from "../../../actors/mod.ts";
import type { FrameReader } from "./frame_reader.ts";
import { readText } from "./text.ts";

/** Two bytes of length and UTF-8; two bytes of length and any bytes; one byte. */
export type FieldKind = "text" | "binary" | "byte";

/**
 * Checks that a payload consists of exactly these fields, once or (`repeated`) once or more, and
 * that their text is well-formed. mqtt-packet repairs ill-formed text and passes over bytes that
 * follow the last field; MQTT asks for the connection to be closed.
 */
export function checkFields(
  frame: FrameReader,
  expected: {
    readonly at: number;
    readonly kinds: readonly FieldKind[];
    readonly repeated: boolean;
  },
): void {
  const { bytes, bodyEnd } = frame;
  let at = expected.at;
  do {
    for (const kind of expected.kinds) {
      if (kind === "byte") {
        at++;
        continue;
      }
      const start = at + 2;
      const end = start > bodyEnd ? start : start + (bytes[at]! << 8 | bytes[at + 1]!);
      // [MQTT-3.8.3-3] [MQTT-3.10.3-2]: not even one filter is too short as well.
      if (end > bodyEnd) throw new ProtocolError("Cannot read a packet: it ends inside a field");
      // [MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11] [MQTT-3.8.3-1] [MQTT-3.10.3-1]
      if (kind === "text") readText(bytes.subarray(start, end));
      at = end;
    }
  } while (expected.repeated && at < bodyEnd);
  if (at !== bodyEnd) {
    throw new ProtocolError("Cannot read a packet: its last field does not end where it does");
  }
}
