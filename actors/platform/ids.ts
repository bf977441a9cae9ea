import { v5, v7 } from "uuid";

/** Lower-case canonical text form of RFC 9562, section 4; any version. */
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A fresh UUIDv7: unique, and ordered by the time of its making (RFC 9562, section 5.7). */
export function newId(): string {
  return v7();
}

/** Names {@link derivedId}s; made once, never to change. */
const DERIVED_NAMESPACE = "6f1c2a52-5a8e-5d0b-9c86-3d1b6f0a7c11";

/** The same UUIDv5 for the same text (RFC 9562, section 5.5). */
export function derivedId(text: string): string {
  return v5(text, DERIVED_NAMESPACE);
}

export function isUuid(text: string): boolean {
  return UUID_PATTERN.test(text);
}

const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

function nibble(code: number): number {
  // '0'..'9' are 48..57, 'a'..'f' are 97..102.
  return code <= 57 ? code - 48 : code - 87;
}

/** Writes the 16 bytes of a canonical UUID at `offset`. */
export function writeUuid(target: Uint8Array, offset: number, id: string): void {
  let at = offset;
  for (let i = 0; i < 36; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) i++;
    target[at++] = nibble(id.charCodeAt(i)) << 4 | nibble(id.charCodeAt(i + 1));
  }
}

/** Reads 16 bytes at `offset` as a canonical UUID. */
export function readUuid(source: Uint8Array, offset: number): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[source[offset + i]!];
  }
  return text;
}
