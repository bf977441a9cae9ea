import assert from "node:assert/strict";
import { CHANNEL_A, CHANNEL_B, DOMAIN, THING_1, THING_2 } from "../installation.ts";
import { PROPERTY_ROWS } from "./properties.ts";

/*
 * Bytes as the cases write them, tokens with blanks between them:
 *
 *   36 0001          bytes in hexadecimal
 *   'text'           text behind two bytes of length
 *   "text"           text alone
 *   [ ... ]          what stands inside, behind its length as a variable byte integer
 *   alias            the identifier of a property, by the name in properties.ts
 *   MQTT             the protocol's name behind its length
 *   @A/sub @mA @/A   a topic of channel A or B (or X, which does not exist) behind its length
 *   @A+ @A#          the same with a wildcard: every sub-topic, one level or all
 *   as1 as2          user name and password of thing 1 or 2
 *   (token)*300      the bytes of one token as often as that
 */
const encoder = new TextEncoder();

const CHANNELS: Readonly<Record<string, string>> = {
  A: CHANNEL_A,
  B: CHANNEL_B,
  X: "c0000000-0000-4000-8000-0000000000ff",
};

const PROPERTY_IDS = new Map(PROPERTY_ROWS.map(({ name, id }) => [name, id]));

/** Topics of the channels as the cases write them, longest prefix first. */
export const TOPIC_NAMES: readonly (readonly [string, string])[] = Object.entries(CHANNELS)
  .flatMap(([name, id]) =>
    [
      [`/channels/${id}/messages`, `/${name}`],
      [`channels/${id}/messages`, name],
      [`m/${DOMAIN}/c/${id}`, `m${name}`],
    ] as const
  );

export function bytesOf(notation: string): Uint8Array {
  const tokens = notation.match(/'[^']*'|"[^"]*"|[^ ]+/g) ?? [];
  const stack: number[][] = [[]];
  for (const token of tokens) {
    if (token === "[") stack.push([]);
    else if (token === "]") {
      const inner = stack.pop()!;
      assert.ok(stack.length > 0, `']' without '[' in: ${notation}`);
      append(stack.at(-1)!, [...varint(inner.length), ...inner]);
    } else append(stack.at(-1)!, tokenBytes(token));
  }
  assert.equal(stack.length, 1, `'[' without ']' in: ${notation}`);
  return new Uint8Array(stack[0]!);
}

function append(target: number[], bytes: Iterable<number>): void {
  for (const byte of bytes) target.push(byte);
}

function tokenBytes(token: string): readonly number[] {
  const repeated = /^\((.+)\)\*(\d+)$/.exec(token);
  if (repeated !== null) {
    const once = tokenBytes(repeated[1]!);
    return Array.from({ length: Number(repeated[2]) }, () => once).flat();
  }
  if (token === "MQTT") return prefixed("MQTT");
  if (token === "as1") return [...prefixed(THING_1), ...prefixed("key-1")];
  if (token === "as2") return [...prefixed(THING_2), ...prefixed("key-2")];
  if (token.startsWith("@")) return prefixed(topicOf(token.slice(1)));
  if (token.startsWith("'")) return prefixed(token.slice(1, -1));
  if (token.startsWith('"')) return [...encoder.encode(token.slice(1, -1))];
  const id = PROPERTY_IDS.get(token);
  if (id !== undefined) return [id];
  assert.match(token, /^([0-9a-f]{2})+$/, `not in the notation: ${token}`);
  return token.match(/../g)!.map((pair) => parseInt(pair, 16));
}

function topicOf(written: string): string {
  const [, share = "", form, name, rest] = /^(\$share\/[^/]+\/)?(m|\/)?([ABX])(.*)$/.exec(written)!;
  const id = CHANNELS[name!];
  const prefix = form === "m" ? `m/${DOMAIN}/c/${id}` : `${form ?? ""}channels/${id}/messages`;
  const sub = rest === "+" || rest === "#" ? `/${rest}` : rest;
  return share + prefix + sub;
}

function prefixed(text: string): number[] {
  const bytes = encoder.encode(text);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value;;) {
    const more = rest > 127;
    bytes.push(rest & 0x7f | (more ? 0x80 : 0));
    if (!more) return bytes;
    rest >>= 7;
  }
}
