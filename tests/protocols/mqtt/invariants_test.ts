import assert from "node:assert/strict";
import fc from "fast-check";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { Installation } from "./installation.ts";
import { quiet, TestClient } from "./test_client.ts";
import { WaryClient } from "./wary_client.ts";

interface Ground {
  readonly installation: Installation;
  readonly server: MqttServer;
}

async function withServer(test: (ground: Ground) => Promise<void>): Promise<void> {
  const installation = new Installation();
  const server = new MqttServer(installation.ground);
  try {
    await test({ installation, server });
  } finally {
    installation.ingress.automatic = true;
    installation.ingress.settle();
    await server.close({ timeoutMs: 1_000 });
  }
}

const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2);
const TOPICS = ["@A", "@A/s", "@B"];

type Step = (clients: readonly WaryClient[], ground: Ground, serial: number) => void;

const client = fc.nat({ max: 2 });

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: publishing() },
  {
    weight: 2,
    arbitrary: fc.tuple(client, fc.constantFrom("@A#", "@A", "@B"), qos).map(
      ([who, filter, qos]): Step => (clients) => clients[who]!.subscribe(filter, qos),
    ),
  },
  { weight: 4, arbitrary: client.map((who): Step => (clients) => clients[who]!.answer()) },
  { weight: 2, arbitrary: client.map((who): Step => (clients) => clients[who]!.release()) },
  { weight: 1, arbitrary: client.map((who): Step => (clients) => clients[who]!.ping()) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((automatic): Step => (_, { installation: { ingress } }) => {
      ingress.automatic = automatic;
      if (automatic) ingress.settle();
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((_, { installation }) => installation.ingress.settle()),
  },
);

function publishing(): fc.Arbitrary<Step> {
  return fc.tuple(client, fc.constantFrom(...TOPICS), qos).map(
    ([who, topic, qos]): Step => (clients, _, serial) =>
      clients[who]!.publish(topic, `${who}:${qos} ${serial}`, qos),
  );
}

const terms = fc.tuple(
  fc.constantFrom<4 | 5>(4, 5),
  fc.constantFrom(1, 2, 5, 1_000),
);

async function hear(clients: readonly WaryClient[]): Promise<void> {
  await quiet();
  for (const client of clients) client.listen();
}

/** Answers until nobody owes anything. */
async function settleAll(clients: readonly WaryClient[], { installation }: Ground): Promise<void> {
  installation.ingress.automatic = true;
  installation.ingress.settle();
  for (let round = 0; round < 400; round++) {
    await hear(clients);
    if (clients.every(({ isSettled }) => isSettled)) return;
    for (const client of clients) {
      client.answer();
      client.release();
    }
  }
  assert.fail("some client waits for ever");
}

/** The messages of each publisher and QoS come once, in the order in which it sent them. */
function checkOrder({ received }: WaryClient): void {
  for (const payloads of Object.values(received)) {
    const last = new Map<string, number>();
    for (const payload of payloads) {
      const [whence, serial] = payload.split(" ") as [string, string];
      assert.ok(Number(serial) > (last.get(whence) ?? -1), `'${payload}' came in its order`);
      last.set(whence, Number(serial));
    }
  }
}

Deno.test("mqtt invariants: hold through any sequence of sound packets of three clients", async () => {
  const came = { q0: 0, q1: 0, q2: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(terms, terms, terms),
      fc.array(steps, { minLength: 5, maxLength: 60 }),
      async (drawn, sequence) => {
        await withServer(async (ground) => {
          const clients = drawn.map(([version, receiveMax], index) =>
            new WaryClient(ground.server, { id: `c${index}`, version, receiveMax })
          );
          clients[0]!.subscribe("@A#", 2);
          clients[1]!.subscribe("@A", 1);
          await hear(clients);
          for (const [serial, step] of sequence.entries()) {
            step(clients, ground, serial);
            // Sometimes many packets are under way before anybody reads.
            if (serial % 3 === 0) await hear(clients);
          }
          await settleAll(clients, ground);
          for (const client of clients) checkOrder(client);
          for (const { received } of clients) {
            came.q0 += received.q0.length;
            came.q1 += received.q1.length;
            came.q2 += received.q2.length;
          }
          assert.equal(ground.server.counters.protocolErrors, 0);
        });
      },
    ),
    { numRuns: 40 },
  );
  assert.ok(
    Math.min(came.q0, came.q1, came.q2) > 20,
    `messages came at all: ${Object.values(came)}`,
  );
});

Deno.test("mqtt invariants: a client that leaves at any point disturbs nobody", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(terms, terms, terms),
      fc.array(steps, { minLength: 5, maxLength: 30 }),
      fc.nat({ max: 29 }),
      async (drawn, sequence, leavesAt) => {
        await withServer(async (ground) => {
          const clients = drawn.map(([version, receiveMax], index) =>
            new WaryClient(ground.server, { id: `c${index}`, version, receiveMax })
          );
          await hear(clients);
          for (const [serial, step] of sequence.entries()) {
            if (serial === leavesAt) clients[0]!.disconnect();
            step(clients, ground, serial);
            if (serial % 3 === 0) await hear(clients);
          }
          await settleAll(clients, ground);
          for (const client of clients.slice(1)) checkOrder(client);
          assert.equal(ground.server.counters.protocolErrors, 0);
        });
      },
    ),
    { numRuns: 40 },
  );
});

/** Reason codes that say what was wrong with bytes, and with topics and messages in them. */
const REFUSALS = ["81", "82", "87", "90", "93", "94", "95", "97", "99"];

const packetTypes = fc.constantFrom(
  ...[
    0x10,
    0x20,
    0x30,
    0x31,
    0x32,
    0x34,
    0x3b,
    0x40,
    0x50,
    0x62,
    0x70,
    0x82,
    0xa2,
    0xc0,
    0xe0,
    0xf0,
  ],
);
const packetLike = fc.tuple(packetTypes, fc.uint8Array({ maxLength: 60 })).map(
  ([first, body]) => new Uint8Array([first, body.length, ...body]),
);
const SOUND = [
  "30 [ @A [ alias 0001 user 'k' 'v' expiry 0000000a ] \"x\" ]",
  '32 [ @A 0001 [ ] "x" ]',
  "34 [ @A 0002 [ type 't' ] \"x\" ]",
  "82 [ 0003 [ subId 07 ] @A# 0e @$share/g/A 01 ]",
  "a2 [ 0004 [ ] @A ]",
  "62 [ 0002 00 [ reason 'r' ] ]",
  "e0 [ 04 [ reason 'r' sessionExpiry 00000000 ] ]",
].map(bytesOf);
/** A sound packet with some of its bytes changed. */
const damaged = fc.tuple(
  fc.constantFrom(...SOUND),
  fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
).map(([sound, places]) => {
  const bytes = sound.slice();
  for (const [at, byte] of places) bytes[at % bytes.length] = byte;
  return bytes;
});
const noise = fc.array(fc.oneof(fc.uint8Array({ maxLength: 50 }), packetLike, damaged), {
  minLength: 1,
  maxLength: 6,
});

for (const version of [4, 5] as const) {
  Deno.test(`mqtt invariants: random bytes give a client of version ${version} nothing but refusals`, async () => {
    await withServer(async ({ server }) => {
      const connect = (id: string) =>
        bytesOf(`10 [ MQTT 0${version} c2 0000 ${version === 5 ? "[ ]" : ""} '${id}' as1 ]`);
      await fc.assert(
        fc.asyncProperty(fc.boolean(), noise, async (isConnected, chunks) => {
          const { stream } = new TestClient(server);
          if (isConnected) stream.push(connect("noisy"));
          for (const chunk of chunks) stream.push(chunk);
          await quiet();
          stream.end();
          await quiet();
          const heard = tell(stream.written(), version).map(({ line }) => line);
          const last = heard.findIndex((line) => line.startsWith("disconnect"));
          if (last >= 0) {
            assert.equal(last, heard.length - 1, "nothing comes behind a DISCONNECT");
            assert.ok(REFUSALS.includes(heard[last]!.slice(-2)), heard[last]!);
          }
          assert.equal(
            heard.filter((line) => line.startsWith("connack")).length,
            isConnected ? 1 : heard.length,
          );
          assert.equal(stream.isClosed, true);
        }),
        { numRuns: 200 },
      );
      const { stream } = new TestClient(server);
      stream.push(connect("after"));
      stream.push(bytesOf("c0 00"));
      await quiet();
      assert.deepEqual(tell(stream.written(), version).map(({ line }) => line), [
        "connack 00",
        "pingresp",
      ]);
    });
  });
}
