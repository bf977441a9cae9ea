import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { MessageProperties } from "../../../actors/mod.ts";

/** Fields of sound packets, by the names that mqtt-packet gives them. */
export type Properties = Readonly<Record<string, unknown>>;

export const text = fc.string({ unit: "grapheme", maxLength: 20 })
  .filter((drawn) => !drawn.includes("\0") && drawn.isWellFormed());
export const topic = text.filter((drawn) => drawn !== "" && !/[+#]/.test(drawn));
const someText = text.filter((drawn) => drawn !== "");
export const bytes = fc.uint8Array({ maxLength: 30 }).map((drawn) => Buffer.from(drawn));
export const u16 = fc.integer({ min: 1, max: 65_535 });
export const u32 = fc.integer({ min: 1, max: 0xffff_ffff });
const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);
const names = text.filter((drawn) => drawn !== "__proto__");
const userProperties = fc.dictionary(names, fc.array(text, { minLength: 1, maxLength: 3 }), {
  minKeys: 1,
  maxKeys: 3,
  noNullPrototype: true,
});

export function some(
  model: { readonly [name: string]: fc.Arbitrary<unknown> },
): fc.Arbitrary<Properties> {
  return fc.record({ ...model, userProperties }, { requiredKeys: [], noNullPrototype: true });
}

const MESSAGE = {
  payloadFormatIndicator: fc.boolean(),
  messageExpiryInterval: u32,
  contentType: text,
  responseTopic: topic,
  correlationData: bytes,
};

export const connects = fc.record({
  version: fc.constantFrom<4 | 5>(4, 5),
  clientId: someText,
  clean: fc.boolean(),
  keepalive: fc.nat({ max: 65_535 }),
  username: fc.option(someText, { nil: undefined }),
  password: fc.option(someText, { nil: undefined }),
  properties: some({
    sessionExpiryInterval: u32,
    receiveMaximum: u16,
    maximumPacketSize: u32,
    topicAliasMaximum: u16,
    requestResponseInformation: fc.boolean(),
    requestProblemInformation: fc.boolean(),
    authenticationMethod: text,
  }),
  will: fc.option(
    fc.record({
      topic,
      payload: bytes.filter(({ length }) => length > 0),
      qos,
      retain: fc.boolean(),
      properties: some({ ...MESSAGE, willDelayInterval: u32 }),
    }),
    { nil: undefined },
  ),
});

export const publishes = fc.record({
  version: fc.constantFrom<4 | 5>(4, 5),
  topic,
  payload: fc.uint8Array({ maxLength: 20_000, size: "max" }),
  qos,
  retain: fc.boolean(),
  duplicate: fc.boolean(),
  id: u16,
  properties: some({ ...MESSAGE, topicAlias: u16 }),
});

export const subscribes = fc.record({
  version: fc.constantFrom<4 | 5>(4, 5),
  packetId: u16,
  properties: some({ subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }) }),
  requests: fc.array(
    fc.record({
      filter: text,
      qos,
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      retainHandling: fc.constantFrom(0, 1, 2),
    }, { noNullPrototype: true }),
    { minLength: 1, maxLength: 5 },
  ),
});

export const stored: fc.Arbitrary<MessageProperties> = fc.record({
  payloadFormatIndicator: fc.constantFrom(0, 1),
  expirySeconds: u32,
  contentType: text,
  responseTopic: topic,
  correlationData: fc.uint8Array({ maxLength: 30 }),
  // The library forgets an empty value where its name comes again.
  userProperties: fc.array(fc.tuple(names, someText), { minLength: 1, maxLength: 5 }),
}, { requiredKeys: [], noNullPrototype: true });
