import assert from "node:assert/strict";
import fc from "fast-check";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { Installation } from "./installation.ts";
import { quiet, TestClient } from "./test_client.ts";

const SOUND = {
  4: "10 [ MQTT 04 ee 003c 'noisy' @A 'gone for ever' as1 ]",
  5: `10 [ MQTT 05 ee 003c
    [ receiveMax 000a maxPacket 00010000 aliasMax 000c requestProblem 01 user 'k' 'v' ] 'noisy'
    [ willDelay 00000000 format 01 expiry 0000000e type 't' response 'r' correlation 0001 00
      user 'a' 'b' ] @A 'gone' as1 ]`.replaceAll(/\s+/g, " "),
} as const;

/** One or two changed bytes, or a piece taken out, behind the fixed header. */
function damaged(sound: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.integer({ min: 3, max: sound.length - 1 });
  const changed = fc.array(fc.tuple(at, fc.nat({ max: 255 })), { minLength: 1, maxLength: 2 }).map(
    (places) => {
      const bytes = sound.slice();
      for (const [place, byte] of places) bytes[place] = byte;
      return bytes;
    },
  );
  const shorter = fc.tuple(at, fc.integer({ min: 1, max: 8 })).map(([from, count]) => {
    const body = [...sound.slice(3, from), ...sound.slice(from + count)];
    return new Uint8Array([0x10, body.length & 0x7f | 0x80, body.length >> 7, ...body]);
  });
  return fc.oneof(changed, shorter);
}

for (const version of [4, 5] as const) {
  Deno.test(`mqtt invariants: a damaged CONNECT of version ${version} is taken, refused or closed, and no more`, async () => {
    const installation = new Installation();
    const server = new MqttServer(installation.ground);
    const sound = bytesOf(SOUND[version]);
    assert.ok(sound.length > 127 && sound[0] === 0x10, "its length takes two bytes");
    await fc.assert(
      fc.asyncProperty(damaged(sound), async (connect) => {
        const { stream } = new TestClient(server);
        stream.push(connect);
        await quiet();
        const written = stream.written();
        stream.end();
        await quiet();
        // The level may be damaged too: a CONNACK of 3.1.1 has two bytes, one of 5.0 has more.
        const form = written[1] === 2 ? 4 : 5;
        const heard = tell(written, form).map(({ line }) => line);
        assert.ok(
          heard.length <= 1 && heard.every((line) => line.startsWith("connack")),
          `${heard}`,
        );
        assert.equal(stream.isClosed, true);
      }),
      { numRuns: 250 },
    );
    assert.equal(server.counters.connectionsOpen, 0);
    await server.close({ timeoutMs: 1_000 });
  });
}
