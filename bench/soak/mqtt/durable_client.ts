import type { Random } from "../../../actors/mod.ts";
import type { Device } from "../../platform.ts";
import { type Packet, pause, RawClient, type Version } from "./raw_client.ts";
import { between, codeOf, connecting, inWords, type Scene } from "./scene.ts";

/** Longest wait for a CONNACK while everybody comes and goes, in milliseconds. */
const CONNACK_MS_MAX = 15_000;
/** Before another try to connect, in milliseconds. */
const AGAIN_MS = 500;
/** How long one stays as it is, in milliseconds. */
const STAY_MS = { least: 2_000, most: 15_000 };
const AWAY_MS = { least: 50, most: 12_000 };
/** Shares of the absences: back while the platform still parts with the client, and away for long. */
const AT_ONCE_SHARE = 0.2;
const LONG_SHARE = 0.05;
/** How long a long absence is, in milliseconds. */
const LONG_MS = 60_000;
/** Between the last that is said and the end of a connection, in milliseconds. */
const INTERRUPTED_MS = { least: 0, most: 20 };
const STALL_MS = { least: 3_000, most: 20_000 };

export interface Role {
  readonly name: string;
  readonly thing: Device;
  readonly version: Version;
  /** Its connection stands, and nothing was taken from it yet. */
  onReturn(): void;
  /** The connection ends in a moment: whatever is begun now is interrupted. */
  beforeGoing(): void;
  onPacket(packet: Packet): void;
}

/** A session that outlives its connections, and the client that comes back to it. */
export class DurableClient {
  #client: RawClient | undefined;
  #hasSession = false;

  constructor(readonly scene: Scene, readonly role: Role) {}

  get isThere(): boolean {
    return this.#client !== undefined && !this.#client.isOver;
  }

  send(packet: Packet): void {
    this.#client?.send(packet);
  }

  /** Connects until it is let in; what is connected under the same name already is taken over. */
  async come(): Promise<void> {
    const { scene, role } = this;
    const before = this.#client;
    // What the old connection still brings is lost on the way, as on a network that failed.
    if (before !== undefined) before.onPacket = () => {};
    this.#client = undefined;
    for (;;) {
      const refused = await this.#tried();
      if (refused === undefined) break;
      scene.surprise(`${role.name} wants to connect and gets ${refused}`);
      await pause(AGAIN_MS);
    }
    before?.vanish();
  }

  /** Without a word, or with DISCONNECT. */
  go(how: "vanish" | "disconnect"): void {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    client.onPacket = () => {};
    if (how === "vanish") return client.vanish();
    client.send({ cmd: "disconnect" });
    void client.endsWithin(CONNACK_MS_MAX).then(() => client.vanish());
  }

  /** Comes and goes as it likes, until the time is over; then it is there and reads. */
  async live(random: Random, moods: readonly Mood[]): Promise<void> {
    const { scene } = this;
    const isOver = () => performance.now() > scene.untilMs;
    while (!isOver()) {
      await pause(between(random, STAY_MS));
      if (!this.isThere) scene.surprise(`${this.role.name} was left by the platform`);
      const mood = moods[Math.floor(random.next() * moods.length)]!;
      scene.did(mood);
      await this.#follow(mood, random);
      if (!this.isThere) await this.come();
    }
  }

  async #follow(mood: Mood, random: Random): Promise<void> {
    if (mood !== "stops reading" && this.isThere) {
      this.role.beforeGoing();
      await pause(between(random, INTERRUPTED_MS));
    }
    switch (mood) {
      case "vanishes":
      case "leaves": {
        this.go(mood === "leaves" ? "disconnect" : "vanish");
        const leftMs = Math.max(0, this.scene.untilMs - performance.now());
        return await pause(Math.min(absence(random), leftMs));
      }
      case "is taken over by itself":
        return await this.come();
      case "stops reading": {
        this.#client?.stopReading();
        await pause(between(random, STALL_MS));
        this.#client?.readOn();
      }
    }
  }

  /** Answers what came in place of a CONNACK that lets it in. */
  async #tried(): Promise<string | undefined> {
    const { scene, role } = this;
    const client = await RawClient.open(scene.port, role.version).catch(String);
    if (typeof client === "string") return client;
    const { name: clientId, thing, version } = role;
    client.send(connecting(thing, { clientId, version, durable: true }));
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const late = setTimeout(() => resolve("no CONNACK in time"), CONNACK_MS_MAX);
    void client.ended.then(() => resolve("the end of the connection"));
    client.onPacket = (packet) => {
      if (packet.cmd !== "connack" || codeOf(packet) !== 0) return resolve(inWords(packet));
      if (this.#hasSession && !packet.sessionPresent) {
        scene.surprise(`the session of ${clientId} is lost`);
      }
      this.#hasSession = true;
      this.#client = client;
      // What follows the CONNACK in the same bytes belongs to the session already.
      client.onPacket = (next) => role.onPacket(next);
      role.onReturn();
      resolve(undefined);
    };
    const refused = await promise;
    clearTimeout(late);
    if (refused !== undefined) client.vanish();
    return refused;
  }
}

function absence(random: Random): number {
  const share = random.next();
  if (share < AT_ONCE_SHARE) return 0;
  if (share > 1 - LONG_SHARE) return LONG_MS;
  return between(random, AWAY_MS);
}

export type Mood = "vanishes" | "leaves" | "is taken over by itself" | "stops reading";
