import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import mqttPacket from "mqtt-packet";
import { decodeMessageBatch, type Random, seededRandom } from "../../actors/mod.ts";
import { CHANNEL_A, CHANNEL_B, THING_1 } from "../protocols/mqtt/installation.ts";
import { RealLog } from "../protocols/mqtt/real_log.ts";
import { decode, type Packet, quiet, TestClient } from "../protocols/mqtt/test_client.ts";

const STEPS = 60;
/** Of 100 steps. */
const CRASHES = 8;
const LOST_CONNECTIONS = 8;
const CLIENTS = 2;
const MEMBERS = 2;
/** Share of the appends that take longer than a turn of the event loop, and how long those take. */
const LATE_SHARE = 0.1;
const LATE_TURNS_MAX = 4;

/**
 * Clients with durable sessions publish to and hear from one another, one random step after the
 * other, while connections are lost and the platform crashes in between, and others share what the
 * first of them publishes. Whatever happens, QoS 2 is stored and heard exactly once, QoS 1 at least
 * once; of those that share, QoS 1 by one at least, QoS 2 by no two.
 */
export async function simulateSessions(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const log = await RealLog.open();
  log.lateBy = () =>
    random.next() < LATE_SHARE ? 1 + Math.floor(random.next() * LATE_TURNS_MAX) : 0;
  try {
    const channels = [CHANNEL_A, CHANNEL_B].map((id) => `channels/${id}/messages`);
    const [own, other] = channels as [string, string];
    const publishers = Array.from({ length: CLIENTS }, (_, n) =>
      new DurableClient(log, {
        name: `sim-${n}`,
        own: n === 0 ? own : other,
        filter: n === 0 ? other : own,
      }));
    const members = Array.from(
      { length: MEMBERS },
      (_, n) => new DurableClient(log, { name: `member-${n}`, filter: `$share/group/${own}` }),
    );
    const clients = [...publishers, ...members];
    for (const client of clients) await client.connect();
    for (let step = 0; step < STEPS; step++) await oneStep(log, { clients, random });
    for (const client of [...clients, ...members]) await client.settle();
    await checkStored(log, publishers);
    publishers.forEach((client, n) => client.checkHeard(publishers[1 - n]!));
    checkShared(members, publishers[0]!);
  } catch (cause) {
    throw new assert.AssertionError({
      message: `seed ${seed}: ${cause instanceof Error ? cause.stack : String(cause)}`,
    });
  } finally {
    await log.close();
  }
}

async function oneStep(
  log: RealLog,
  { clients, random }: { readonly clients: readonly DurableClient[]; readonly random: Random },
): Promise<void> {
  const dice = Math.floor(random.next() * 100);
  if (dice < CRASHES) {
    await log.crash();
    for (const client of clients) await client.connect();
    return;
  }
  const client = clients[Math.floor(random.next() * clients.length)]!;
  if (dice < CRASHES + LOST_CONNECTIONS) {
    client.lose();
    // Sometimes it is back before the platform has parted with it.
    if (random.next() < 0.5) await quiet();
    return await client.connect();
  }
  const qos = random.next() < 0.5 ? 1 : 2;
  if (dice < 60 && client.mayPublish) client.publish(qos);
  else client.answer(1 + Math.floor(random.next() * 3));
  // Sometimes several things happen before the platform gets to any of them.
  if (random.next() < 0.7) await quiet();
  client.hear();
}

/** A client that keeps what MQTT asks it to keep, and answers when the test says so. */
class DurableClient {
  readonly name: string;
  readonly published: { readonly text: string; readonly qos: 1 | 2 }[] = [];
  readonly #log: RealLog;
  readonly #own: string | undefined;
  readonly #filter: string;
  #client: TestClient | undefined;
  #subscribed = false;
  #nextId = 1;
  /** Own messages by packet id, and what they wait for [MQTT-4.4.0-1]. */
  readonly #sending = new Map<
    number,
    { readonly text: string; readonly qos: 1 | 2; waits: "puback" | "pubrec" | "pubcomp" }
  >();
  /** Packet ids of QoS 2 messages that were heard and not released. */
  readonly #receiving = new Set<number>();
  #toAnswer: Packet[] = [];
  readonly #heard = { 1: [] as string[], 2: [] as string[] };

  constructor(
    log: RealLog,
    client: { readonly name: string; readonly own?: string; readonly filter: string },
  ) {
    this.#log = log;
    this.name = client.name;
    this.#own = client.own;
    this.#filter = client.filter;
  }

  get mayPublish(): boolean {
    return this.#own !== undefined;
  }

  /** By QoS, each as often as it came. */
  get heard(): { readonly 1: readonly string[]; readonly 2: readonly string[] } {
    return this.#heard;
  }

  get isSettled(): boolean {
    return this.#sending.size === 0 && this.#receiving.size === 0 && this.#toAnswer.length === 0;
  }

  async connect(): Promise<void> {
    this.#toAnswer = [];
    const client = new TestClient(this.#log.server);
    this.#client = client;
    this.#send({
      cmd: "connect",
      clientId: this.name,
      username: THING_1,
      password: Buffer.from("key-1"),
      clean: false,
    });
    await this.#until(({ cmd }) => cmd === "connack");
    if (!this.#subscribed) {
      const subscriptions = [{ topic: this.#filter, qos: 2 as const }];
      this.#send({ cmd: "subscribe", messageId: 9_999, subscriptions });
      await this.#until(({ cmd }) => cmd === "suback");
      this.#subscribed = true;
    }
    for (const [messageId, { text, qos, waits }] of this.#sending) {
      if (waits === "pubcomp") this.#send({ cmd: "pubrel", messageId });
      else this.#send(publish(this.#own!, { text, qos, messageId, dup: true }));
    }
  }

  lose(): void {
    this.#client?.stream.end();
  }

  publish(qos: 1 | 2): void {
    const text = `${this.name} ${this.published.length}`;
    const messageId = this.#nextId++;
    this.published.push({ text, qos });
    this.#sending.set(messageId, { text, qos, waits: qos === 1 ? "puback" : "pubrec" });
    this.#send(publish(this.#own!, { text, qos, messageId, dup: false }));
  }

  /** Takes what came. */
  hear(): void {
    for (const packet of decode(this.#client!.stream.written())) this.#take(packet);
  }

  answer(count: number): void {
    for (const packet of this.#toAnswer.splice(0, count)) this.#send(packet);
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 400; i++) {
      this.answer(1_000);
      await quiet();
      this.hear();
      if (this.isSettled && i > 5) return;
    }
    assert.fail(`${this.name} is not answered`);
  }

  checkHeard(other: DurableClient): void {
    const of = (qos: 1 | 2) => other.published.filter((each) => each.qos === qos);
    const sorted = (texts: readonly string[]) => [...texts].sort();
    assert.deepEqual(sorted(this.#heard[2]), sorted(of(2).map(({ text }) => text)));
    assert.deepEqual(sorted([...new Set(this.#heard[1])]), sorted(of(1).map(({ text }) => text)));
  }

  #take(packet: Packet): void {
    const { messageId = 0 } = packet;
    switch (packet.cmd) {
      case "publish":
        return this.#takePublish(messageId, String(packet.payload), packet.qos as 1 | 2);
      case "pubrel":
        this.#receiving.delete(messageId);
        this.#toAnswer.push({ cmd: "pubcomp", messageId });
        return;
      case "pubrec": {
        const sending = this.#sending.get(messageId);
        if (sending !== undefined) sending.waits = "pubcomp";
        this.#toAnswer.push({ cmd: "pubrel", messageId });
        return;
      }
      case "puback":
      case "pubcomp":
        this.#sending.delete(messageId);
    }
  }

  #takePublish(messageId: number, text: string, qos: 1 | 2): void {
    if (qos === 1) {
      this.#heard[1].push(text);
      this.#toAnswer.push({ cmd: "puback", messageId });
      return;
    }
    // [MQTT-4.3.3-2]: the same id before its PUBREL is the same message.
    if (!this.#receiving.has(messageId)) this.#heard[2].push(text);
    this.#receiving.add(messageId);
    this.#toAnswer.push({ cmd: "pubrec", messageId });
  }

  async #until(wanted: (packet: Packet) => boolean): Promise<void> {
    for (let i = 0; i < 200; i++) {
      await quiet();
      const packets = decode(this.#client!.stream.written());
      for (const packet of packets) this.#take(packet);
      if (packets.some(wanted)) return;
    }
    assert.fail(`${this.name} is not answered`);
  }

  #send(packet: Packet): void {
    this.#client!.stream.push(new Uint8Array(mqttPacket.generate(packet)));
  }
}

function publish(
  topic: string,
  message: {
    readonly text: string;
    readonly qos: 1 | 2;
    readonly messageId: number;
    readonly dup: boolean;
  },
): Packet {
  const { text, qos, messageId, dup } = message;
  return { cmd: "publish", topic, payload: text, qos, messageId, dup, retain: false };
}

function checkShared(members: readonly DurableClient[], publisher: DurableClient): void {
  const published = publisher.published.filter(({ qos }) => qos === 1).map(({ text }) => text);
  const heard = new Set(members.flatMap((member) => member.heard[1]));
  assert.deepEqual(published.filter((text) => !heard.has(text)), [], "shared and not heard");
  const once = members.flatMap((member) => member.heard[2]);
  assert.equal(new Set(once).size, once.length, `shared and heard twice: ${once.sort()}`);
}

async function checkStored(log: RealLog, clients: readonly DurableClient[]): Promise<void> {
  await log.settled();
  const stored = new Map<string, number>();
  const { events } = await log.store.readAll({
    after: 0,
    limit: 4_096,
    streamPrefixes: ["messages-"],
  });
  for (const { data } of events) {
    for (const { payload } of decodeMessageBatch(data as Uint8Array).messages) {
      const text = new TextDecoder().decode(payload);
      stored.set(text, (stored.get(text) ?? 0) + 1);
    }
  }
  for (const { text, qos } of clients.flatMap(({ published }) => published)) {
    const times = stored.get(text) ?? 0;
    assert.ok(
      qos === 2 ? times === 1 : times >= 1,
      `'${text}' of QoS ${qos} stored ${times} times`,
    );
  }
}
