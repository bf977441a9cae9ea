import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { encodeProperties } from "../../../actors/mod.ts";
import { setPacketId, writePublish } from "../../../protocols/mqtt/codec/mod.ts";
import { readAll } from "./frames_read.ts";
import {
  bytes,
  connects,
  type Properties,
  publishes,
  some,
  stored,
  subscribes,
  text,
  u16,
  u32,
} from "./sound_packets.ts";

/*
 * The codec and mqtt-packet say the same of every sound packet. The library keeps user properties as
 * an object, so their order is compared elsewhere (codec_5_test.ts).
 */
const PACKET_BYTES_MAX = 300_000;

/** As the codec says what the library was given. */
function wanted(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === "boolean"
        ? Number(value)
        : value instanceof Buffer
        ? new Uint8Array(value)
        : name === "userProperties"
        ? grouped(
          Object.entries(value as object).flatMap(([key, all]) =>
            (all as string[]).map((each) => [key, each] as const)
          ),
        )
        : value,
    ]),
  );
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) groups.set(name, [...groups.get(name) ?? [], value]);
  return groups;
}

/** The same with user properties grouped by name, at any depth where there are some. */
function told(read: unknown): unknown {
  if (typeof read !== "object" || read === null || read instanceof Uint8Array) return read;
  if (Array.isArray(read)) return read.map(told);
  return Object.fromEntries(
    Object.entries(read).map(([name, value]) => [
      name,
      name === "userProperties" ? grouped(value) : told(value),
    ]),
  );
}

function read(packet: unknown, version: 4 | 5): unknown {
  const written = mqttPacket.generate(packet as mqttPacket.Packet, { protocolVersion: version });
  const options = { version, packetBytesMax: PACKET_BYTES_MAX };
  const packets = readAll([new Uint8Array(written)], options);
  assert.equal(packets.length, 1);
  return told(packets[0]);
}

Deno.test("mqtt codec: reads a CONNECT of both versions as mqtt-packet writes it", () => {
  fc.assert(fc.property(connects, (drawn) => {
    const { version, clientId, clean, keepalive, username, will } = drawn;
    const password = username === undefined ? undefined : drawn.password;
    const properties = version === 5 ? drawn.properties : {};
    const willProperties = version === 5 ? will?.properties ?? {} : {};
    const packet = {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: version,
      clientId,
      clean,
      keepalive,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
      ...(version === 5 ? { properties } : {}),
      ...(will === undefined ? {} : { will: { ...will, properties: willProperties } }),
    };
    assert.deepEqual(read(packet, version), {
      version,
      clientId,
      cleanStart: clean,
      keepAliveSeconds: keepalive,
      properties: wanted(properties),
      ...(will === undefined ? {} : {
        will: {
          topic: will.topic,
          payload: new Uint8Array(will.payload),
          qos: will.qos,
          retain: will.retain,
          properties: wanted(willProperties),
        },
      }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
  }));
});

Deno.test("mqtt codec: reads a PUBLISH of both versions as mqtt-packet writes it", () => {
  fc.assert(fc.property(publishes, ({ version, topic, payload, qos, retain, ...drawn }) => {
    const duplicate = drawn.duplicate && qos > 0;
    const packetId = qos > 0 ? drawn.id : 0;
    const { properties } = drawn;
    const packet = {
      cmd: "publish",
      topic,
      payload: Buffer.from(payload),
      qos,
      retain,
      dup: duplicate,
      ...(qos > 0 ? { messageId: packetId } : {}),
      ...(version === 5 ? { properties } : {}),
    };
    const fields = { topic, qos, retain, duplicate, packetId, payload };
    assert.deepEqual(
      read(packet, version),
      version === 4 ? fields : { ...fields, properties: wanted(properties) },
    );
  }));
});

Deno.test("mqtt codec: reads a SUBSCRIBE of both versions as mqtt-packet writes it", () => {
  fc.assert(fc.property(subscribes, ({ version, packetId, properties, requests }) => {
    const subscriptions = requests.map(({ filter, qos, noLocal, retainAsPublished, ...rest }) => ({
      topic: filter,
      qos,
      ...(version === 5 ? { nl: noLocal, rap: retainAsPublished, rh: rest.retainHandling } : {}),
    }));
    const packet = {
      cmd: "subscribe",
      messageId: packetId,
      subscriptions,
      ...(version === 5 ? { properties } : {}),
    };
    const plain = { noLocal: false, retainAsPublished: false, retainHandling: 0 };
    assert.deepEqual(read(packet, version), {
      packetId,
      properties: version === 5 ? wanted(properties) : {},
      requests: version === 5 ? requests : requests.map((request) => ({ ...request, ...plain })),
    });
  }));
});

Deno.test("mqtt codec: reads an UNSUBSCRIBE of both versions as mqtt-packet writes it", () => {
  const filters = fc.array(text, { minLength: 1, maxLength: 5 });
  const versions = fc.constantFrom<4 | 5>(4, 5);
  fc.assert(fc.property(versions, u16, filters, some({}), (version, packetId, filters, given) => {
    const properties = version === 5 ? { properties: given } : {};
    const packet = { cmd: "unsubscribe", messageId: packetId, unsubscriptions: filters };
    assert.deepEqual(read({ ...packet, ...properties }, version), {
      packetId,
      properties: version === 5 ? wanted(given) : {},
      filters,
    });
  }));
});

Deno.test("mqtt codec: reads acknowledgements with reasons as mqtt-packet writes them", () => {
  const received = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
  const kinds = fc.constantFrom(
    { cmd: "puback", first: 0x40, reasons: received },
    { cmd: "pubrec", first: 0x50, reasons: received },
    { cmd: "pubrel", first: 0x62, reasons: [0x00, 0x92] },
    { cmd: "pubcomp", first: 0x70, reasons: [0x00, 0x92] },
  ).chain(({ reasons, ...kind }) =>
    fc.constantFrom(...reasons).map((reasonCode) => ({ ...kind, reasonCode }))
  );
  const given = some({ reasonString: text });
  fc.assert(fc.property(kinds, u16, given, ({ cmd, first, reasonCode }, packetId, properties) => {
    const packet = { cmd, messageId: packetId, reasonCode, properties };
    assert.deepEqual(read(packet, 5), { first, packetId, reasonCode });
  }));
});

Deno.test("mqtt codec: reads a DISCONNECT and an AUTH as mqtt-packet writes them", () => {
  const farewells = some({ sessionExpiryInterval: u32, reasonString: text });
  fc.assert(fc.property(fc.constantFrom(0, 4, 0x80, 0x97), farewells, (reasonCode, properties) => {
    const packet = { cmd: "disconnect", reasonCode, properties };
    assert.deepEqual(read(packet, 5), { reasonCode, properties: wanted(properties) });
  }));
  const auths = some({ authenticationData: bytes, reasonString: text });
  fc.assert(fc.property(fc.constantFrom(0x18, 0x19), text, auths, (reasonCode, method, given) => {
    const properties = { ...given, authenticationMethod: method };
    const packet = { cmd: "auth", reasonCode, properties };
    assert.deepEqual(read(packet, 5), { reasonCode, properties: wanted(properties) });
  }));
});

Deno.test("mqtt codec: writes a PUBLISH with properties that mqtt-packet reads back", () => {
  fc.assert(fc.property(publishes, stored, ({ topic, payload, qos, retain, id }, properties) => {
    const block = encodeProperties(properties) ?? new Uint8Array(0);
    const written = writePublish(new TextEncoder().encode(topic), {
      qos,
      retain,
      payload,
      properties: block,
    });
    if (qos > 0) setPacketId(written, 0, id);
    const packets: mqttPacket.Packet[] = [];
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    parser.on("packet", (packet) => packets.push(packet));
    parser.on("error", (error) => assert.fail(String(error)));
    parser.parse(Buffer.from(written));
    const [packet] = packets as [mqttPacket.IPublishPacket];
    assert.equal(packets.length, 1);
    assert.deepEqual(
      [packet.topic, packet.qos, packet.retain, packet.dup, packet.messageId],
      [topic, qos, retain, false, qos > 0 ? id : undefined],
    );
    assert.deepEqual(packet.payload, Buffer.from(payload));
    assert.deepEqual(readBack(packet.properties ?? {}), {
      ...properties,
      ...(properties.userProperties === undefined
        ? {}
        : { userProperties: grouped(properties.userProperties) }),
    });
  }));
});

function readBack(properties: NonNullable<mqttPacket.IPublishPacket["properties"]>): Properties {
  const {
    payloadFormatIndicator,
    messageExpiryInterval,
    correlationData,
    userProperties,
    ...rest
  } = properties;
  return {
    ...rest,
    ...(payloadFormatIndicator === undefined
      ? {}
      : { payloadFormatIndicator: Number(payloadFormatIndicator) }),
    ...(messageExpiryInterval === undefined ? {} : { expirySeconds: messageExpiryInterval }),
    ...(correlationData === undefined ? {} : { correlationData: new Uint8Array(correlationData) }),
    ...(userProperties === undefined ? {} : {
      userProperties: new Map(
        Object.entries(userProperties).map(([name, all]) => [name, [all].flat()]),
      ),
    }),
  };
}
