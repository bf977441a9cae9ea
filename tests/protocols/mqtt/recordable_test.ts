import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { framesIn, recordable, shownPacket } from "../../../protocols/mqtt/codec/mod.ts";

const version = fc.constantFrom(4 as const, 5 as const);

/** Text that does not occur in a packet by chance. */
const secretText = fc.string({
  minLength: 12,
  maxLength: 64,
  unit: fc.constantFrom("§", "¤", "¶"),
});

function frames(bytes: Uint8Array): Uint8Array[] {
  return [...framesIn(bytes)].map(({ start, end }) => bytes.subarray(start, end));
}

function recorded(
  packet: mqttPacket.Packet,
  options: { readonly version: 4 | 5; readonly payloads: boolean },
): { readonly bytes: Uint8Array; readonly payloadBytesCut?: number } {
  const bytes = new Uint8Array(
    mqttPacket.generate(packet, { protocolVersion: options.version }),
  );
  const [frame, ...others] = [...framesIn(bytes)];
  assert.deepEqual(others, []);
  return recordable(bytes, { frame: frame!, ...options });
}

Deno.test("mqtt recordable: finds the same packets wherever a read ends, and none in what is left", () => {
  const packets = [
    mqttPacket.generate({ cmd: "pingreq" }),
    mqttPacket.generate({
      cmd: "publish",
      topic: "a",
      payload: "x".repeat(300),
      qos: 0,
      retain: false,
      dup: false,
    }),
    mqttPacket.generate({ cmd: "puback", messageId: 7 }),
  ].map((packet) => new Uint8Array(packet));
  const all = new Uint8Array(Buffer.concat(packets));
  for (let end = 0; end <= all.length; end++) {
    let whole = 0;
    for (let bytes = 0; whole < 3 && bytes + packets[whole]!.length <= end; whole++) {
      bytes += packets[whole]!.length;
    }
    assert.deepEqual(frames(all.subarray(0, end)), packets.slice(0, whole), `cut at ${end}`);
  }
});

Deno.test("mqtt recordable: whatever bytes come, a copy of the same length is kept and can be shown", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), version, (bytes, version) => {
    const before = bytes.slice();
    for (const frame of framesIn(bytes)) {
      const kept = recordable(bytes, { frame, version, payloads: true });
      assert.equal(kept.bytes.length, frame.end - frame.start);
      assert.equal(typeof shownPacket(kept.bytes, version).type, "string");
      assert.ok(recordable(bytes, { frame, version, payloads: false }).bytes.length > 0);
    }
    assert.deepEqual(bytes, before);
  }));
});

Deno.test("mqtt recordable: packets of every type that are cut short or changed can be shown", () => {
  const body = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(fc.nat(255), body, version, (first, body, version) => {
      const bytes = new Uint8Array([first, body.length, ...body]);
      const shown = shownPacket(bytes, version);
      assert.doesNotThrow(() => JSON.stringify(shown));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("mqtt recordable: a password and authentication data are nowhere in what is kept of a CONNECT", () => {
  fc.assert(fc.property(secretText, secretText, version, (password, data, version) => {
    const properties = version === 4 ? {} : {
      properties: {
        authenticationMethod: "SCRAM-SHA-256",
        authenticationData: Buffer.from(data),
        userProperties: { a: "b" },
        sessionExpiryInterval: 5,
      },
    };
    const { bytes } = recorded({
      cmd: "connect",
      clientId: "dev",
      protocolId: "MQTT",
      protocolVersion: version,
      clean: true,
      keepalive: 60,
      username: "the thing",
      password: Buffer.from(password),
      will: { topic: "a", payload: Buffer.from("bye"), qos: 1, retain: false },
      ...properties,
    }, { version, payloads: true });
    const text = Buffer.from(bytes).toString();
    assert.ok(!text.includes(password) && !text.includes(data));
    for (const shown of ["dev", "the thing", "bye"]) assert.ok(text.includes(shown), shown);
    assert.equal(shownPacket(bytes, version).fields["clientId"], "dev");
  }));
});

Deno.test("mqtt recordable: authentication data is nowhere in what is kept of AUTH and CONNACK", () => {
  fc.assert(fc.property(secretText, (data) => {
    const properties = { authenticationMethod: "m", authenticationData: Buffer.from(data) };
    for (
      const packet of [
        { cmd: "auth", reasonCode: 0x18, properties },
        { cmd: "connack", reasonCode: 0, sessionPresent: false, properties },
      ] as const
    ) {
      const { bytes } = recorded(packet, { version: 5, payloads: true });
      assert.ok(!Buffer.from(bytes).toString().includes(data), packet.cmd);
    }
  }));
});

Deno.test("mqtt recordable: a CONNECT whose password cannot be found is overwritten whole", () => {
  const whole = new Uint8Array(mqttPacket.generate({
    cmd: "connect",
    clientId: "dev",
    clean: true,
    keepalive: 1,
    username: "u",
    password: Buffer.from("secret key"),
  }));
  const longer = new Uint8Array([...whole, 1, 2, 3]);
  longer[1]! += 3;
  const [frame] = [...framesIn(longer)];
  const { bytes } = recordable(longer, { frame: frame!, version: 4, payloads: true });
  assert.ok([...bytes.subarray(2)].every((byte) => byte === 0x2a));
});

Deno.test("mqtt recordable: without its payload a PUBLISH is still a PUBLISH, of the same topic, id and properties", () => {
  fc.assert(fc.property(
    version,
    fc.constantFrom(0 as const, 1 as const, 2 as const),
    fc.nat(100_000),
    (version, qos, size) => {
      const { bytes, payloadBytesCut } = recorded({
        cmd: "publish",
        topic: "some/topic",
        payload: Buffer.alloc(size, 0x61),
        qos,
        retain: true,
        dup: false,
        messageId: 77,
        ...(version === 4
          ? {}
          : { properties: { contentType: "text/plain", messageExpiryInterval: 9 } }),
      }, { version, payloads: false });
      assert.equal(payloadBytesCut, size);
      assert.equal(frames(bytes).length, 1);
      const { type, fields } = shownPacket(bytes, version);
      assert.deepEqual([type, fields["topic"], fields["payload"]], ["publish", "some/topic", ""]);
      assert.equal(fields["messageId"], qos === 0 ? undefined : 77);
      if (version === 4) return;
      assert.deepEqual(fields["properties"], {
        messageExpiryInterval: 9,
        contentType: "text/plain",
      });
    },
  ));
});
