import { Buffer } from "node:buffer";
import type { Random } from "../../../actors/mod.ts";
import type { Device } from "../../platform.ts";
import type { Packet, Version } from "./raw_client.ts";

/** Surprises that are told in words; the rest are counted. */
const TOLD_MAX = 40;

/** What all clients of the soak share. */
export interface Scene {
  readonly port: number;
  /** Of those who count on what they hear. */
  readonly channelIds: readonly string[];
  /** Nobody counts on what is said there. */
  readonly quietChannelId: string;
  /** Exists, and none of the clients may use it. */
  readonly forbiddenChannelId: string;
  /** By `performance.now()`: no client begins anything past it. */
  readonly untilMs: number;
  /** Random numbers of their own for each client, so that one does not disturb the others. */
  randomOf(name: string): Random;
  /** Counts what clients did, by its name. */
  did(deed: string): void;
  /** What the platform should not have done, though it is no lost message. */
  surprise(text: string): void;
}

/** Counts and words, in bounded memory. */
export class Notes {
  readonly deeds = new Map<string, number>();
  surprises = 0;
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  did(deed: string): void {
    this.deeds.set(deed, (this.deeds.get(deed) ?? 0) + 1);
  }

  surprise(text: string): void {
    if (this.surprises++ < TOLD_MAX) this.#say(`  surprise: ${text}`);
  }
}

export function between(
  random: Random,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  return least + random.next() * (most - least);
}

export function chosen<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)]!;
}

export function topicOf(channelId: string, subtopic: string): string {
  return `channels/${channelId}/messages/${subtopic}`;
}

/** The reason code of MQTT 5, the return code of a CONNACK of 3.1.1; 0 of what cannot refuse. */
export function codeOf(packet: Packet | undefined): number {
  if (packet?.cmd === "connack") return packet.reasonCode ?? packet.returnCode ?? 0;
  return packet !== undefined && "reasonCode" in packet ? packet.reasonCode ?? 0 : 0;
}

export function inWords(packet: Packet | undefined): string {
  if (packet === undefined) return "nothing";
  return `${packet.cmd} 0x${codeOf(packet).toString(16)}`;
}

export function connecting(
  thing: Device,
  { clientId, version, keepalive = 0, durable = false }: {
    readonly clientId: string;
    readonly version: Version;
    readonly keepalive?: number;
    readonly durable?: boolean;
  },
): Packet & { readonly cmd: "connect" } {
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: version,
    clientId,
    username: thing.id,
    password: Buffer.from(thing.key),
    clean: !durable,
    keepalive,
    ...(version === 5 && durable ? { properties: { sessionExpiryInterval: SESSION_SECONDS } } : {}),
  };
}

/** Longer than a client of the soak is ever away. */
const SESSION_SECONDS = 3_600;
