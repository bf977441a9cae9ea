import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError, UsageError } from "../../../actors/mod.ts";
import { proxiesAt, readProxyHeader } from "../../../protocols/sockets/mod.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

/** Version 2, as section 2.2 of the specification lays it out. */
function v2(
  { command = 0x21, family = 0x11, body = [], length }: {
    readonly command?: number;
    readonly family?: number;
    readonly body?: readonly number[];
    /** As announced; that of the body unless given. */
    readonly length?: number;
  },
): Uint8Array {
  const said = length ?? body.length;
  return new Uint8Array([...SIGNATURE, command, family, said >> 8, said & 0xff, ...body]);
}

const IPV4_BODY = [192, 0, 2, 7, 198, 51, 100, 1, 0xc3, 0x50, 0x07, 0x5b];
const IPV6_BODY = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...new Array(16).fill(0xff),
  ...[0xc3, 0x50, 0x07, 0x5b],
];
const FROM_V4 = { hostname: "192.0.2.7", port: 50_000 };

/** Bytes, and what they say; the length is theirs unless told otherwise. */
const READABLE: Readonly<Record<string, readonly [Uint8Array, typeof FROM_V4 | undefined]>> = {
  "1, TCP4": [ascii("PROXY TCP4 192.0.2.7 198.51.100.1 50000 1883\r\n"), FROM_V4],
  "1, TCP6": [
    ascii("PROXY TCP6 2001:db8::1 ::1 50000 1883\r\n"),
    { hostname: "2001:db8::1", port: 50_000 },
  ],
  "1, UNKNOWN": [ascii("PROXY UNKNOWN\r\n"), undefined],
  "1, UNKNOWN with more": [ascii("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), undefined],
  "2, IPv4": [v2({ body: IPV4_BODY }), FROM_V4],
  "2, IPv4 with more behind the addresses": [
    v2({ body: [...IPV4_BODY, 0x04, 0x00, 0x01, 0x00] }),
    FROM_V4,
  ],
  "2, IPv6": [
    v2({ family: 0x21, body: IPV6_BODY }),
    { hostname: "2001:db8::1", port: 50_000 },
  ],
  "2, LOCAL": [v2({ command: 0x20, family: 0x00 }), undefined],
  "2, LOCAL with addresses": [v2({ command: 0x20, body: IPV4_BODY }), undefined],
  "2, a family that is not known": [v2({ family: 0x31, body: new Array(216).fill(1) }), undefined],
  "2, UNSPEC": [v2({ family: 0x00 }), undefined],
};

for (const [name, [bytes, source]] of Object.entries(READABLE)) {
  Deno.test(`proxy header: is read, version ${name}, as soon as it is whole`, () => {
    const expected = source === undefined
      ? { length: bytes.length }
      : { length: bytes.length, source };
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(readProxyHeader(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.deepEqual(readProxyHeader(bytes), expected);
    const followed = new Uint8Array([...bytes, 0x10, 0x0c, 0x0a]);
    assert.deepEqual(readProxyHeader(followed), expected);
  });
}

const UNREADABLE: Readonly<Record<string, Uint8Array>> = {
  "MQTT at once": new Uint8Array([0x10, 0x0c, 0, 4, 0x4d, 0x51, 0x54, 0x54]),
  "TLS at once": new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00]),
  "lower case": ascii("proxy TCP4 192.0.2.7 198.51.100.1 50000 1883\r\n"),
  "UDP": ascii("PROXY UDP4 192.0.2.7 198.51.100.1 50000 1883\r\n"),
  "an address of four digits": ascii("PROXY TCP4 192.0.2.1000 198.51.100.1 1 2\r\n"),
  "a name": ascii("PROXY TCP4 example.org 198.51.100.1 1 2\r\n"),
  "IPv6 as TCP4": ascii("PROXY TCP4 ::1 ::1 1 2\r\n"),
  "a port past 65535": ascii("PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n"),
  "a port too few": ascii("PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n"),
  "no carriage return": ascii("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n"),
  "a line past 107 bytes": ascii(`PROXY UNKNOWN ${"x".repeat(107)}`),
  "version 3": v2({ command: 0x31, body: IPV4_BODY }),
  "a command that is not known": v2({ command: 0x22, body: IPV4_BODY }),
  "IPv4 too short": v2({ body: IPV4_BODY.slice(0, 11) }),
  "IPv6 too short": v2({ family: 0x21, body: IPV4_BODY }),
  "65,535 bytes announced": v2({ length: 65_535 }),
};

for (const [name, bytes] of Object.entries(UNREADABLE)) {
  Deno.test(`proxy header: is refused, ${name}`, () => {
    assert.throws(() => readProxyHeader(bytes), ProtocolError);
  });
}

Deno.test("proxy header: random bytes come to nothing but a header, a refusal, or the wish for more", () => {
  const start = fc.constantFrom(new Uint8Array(0), ascii("PROXY "), new Uint8Array(SIGNATURE));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (begin, rest) => {
      const bytes = new Uint8Array([...begin, ...rest]);
      try {
        const header = readProxyHeader(bytes);
        assert.ok(header === undefined || header.length <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("proxies: are addresses and networks, and nobody if none is named", () => {
  const proxies = proxiesAt(["192.0.2.7", "10.0.0.0/8", "fd00::/8", "::1"]);
  for (const inside of ["192.0.2.7", "10.1.2.3", "fd12::1", "::1", "::ffff:10.1.2.3"]) {
    assert.equal(proxies.has(inside), true, inside);
  }
  for (const outside of ["192.0.2.8", "11.0.0.1", "fe00::1", "::2", "", "localhost"]) {
    assert.equal(proxies.has(outside), false, outside);
  }
  assert.equal(proxiesAt([]).has("127.0.0.1"), false);
});

Deno.test("proxies: what is neither address nor network is named", () => {
  for (const wrong of ["localhost", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "::1/129", "::1/1/2"]) {
    assert.throws(() => proxiesAt(["10.0.0.1", wrong]), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /--proxy-from '.*': it must be an address like/);
      assert.ok(error.message.includes(`'${wrong}'`));
      return true;
    });
  }
});
