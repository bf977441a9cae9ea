import assert from "node:assert/strict";
import {
  type ConnectionType,
  InProcessRequests,
  ManualClock,
  partitionOf,
  reject,
  type RejectionCode,
} from "../../../../actors/mod.ts";
import { type MqttLimits, MqttServer, SharedHost } from "../../../../protocols/mqtt/mod.ts";
import { CHANNEL_A, CHANNEL_B, Installation, THING_1, THING_2 } from "../installation.ts";
import type { MemoryStream } from "../memory_stream.ts";
import { quiet, TestClient } from "../test_client.ts";
import { bytesOf } from "./notation.ts";
import { tell, type Told } from "./told.ts";

type Version = 4 | 5;

const NOT_STORED = "Cannot store the message";

interface Party {
  readonly stream: MemoryStream;
  version: Version;
  /** What came and was not expected yet. */
  readonly heard: Told[];
  closed: boolean;
}

/*
 * A conversation is a row of steps with `;` between them. Clients are letters, `a` where none is
 * named; what one of them hears must be expected before the next thing is done, and nothing may be
 * left at the end: no packet, and no connection that was closed without `!`.
 *
 *   +b, +b5 receiveMax 0001   connects client b (thing 2; all others are thing 1), in another
 *                             version, with properties
 *   b> bytes                  sends, on a new connection if there is none; `$x` is a packet id
 *   b>> bytes                 sends them one by one
 *   b< packet {name=value}    expects a packet as told.ts writes it; `81/82` is one of them, `#x`
 *                             notes its packet id; of a packet other than PUBLISH only the
 *                             properties named are compared: `name=*` any, `-name` none
 *   b!                        the server has closed the connection
 *   b.                        the client closes it
 *   ~ 15s                     time passes
 *   hold, settle [code]       ingress settles what it has only when told to, or rejects it
 *   stored 2                  as many messages were handed to ingress
 *   disable 1, withdraw 2     access changes: a thing is disabled, or loses its channels
 *   key 1                     the key of a thing is changed
 *   stop                      the server stops
 */
export class Conversation {
  readonly #installation = new Installation(new ManualClock());
  readonly #server: MqttServer;
  readonly #otherServer: MqttServer | undefined;
  readonly #elsewhere: string;
  readonly #parties = new Map<string, Party>();
  readonly #packetIds = new Map<string, number>();
  readonly #version: Version;
  #stopping: Promise<void> | undefined;

  constructor(
    version: Version,
    { limits = {}, elsewhere = "" }: {
      readonly limits?: Partial<MqttLimits> | undefined;
      /** Clients that connect to a second node; groups are hosted by a third one then. */
      readonly elsewhere?: string;
    } = {},
  ) {
    this.#version = version;
    this.#elsewhere = elsewhere;
    const { ground, clock, liveFeed, ingress } = this.#installation;
    if (elsewhere === "") {
      this.#server = new MqttServer(ground, limits);
      return;
    }
    const requests = new InProcessRequests({ clock });
    this.#server = new MqttServer({ ...ground, requests }, limits);
    this.#otherServer = new MqttServer({ ...ground, requests }, limits);
    const deliveredThrough = () => ingress.deliveredThrough;
    const host = new SharedHost({ ...ground, requests, liveFeed, deliveredThrough });
    host.acquired(partitionOf(CHANNEL_A));
    host.acquired(partitionOf(CHANNEL_B));
  }

  get stored(): number {
    return this.#installation.ingress.stored.length;
  }

  async run(script: string): Promise<void> {
    try {
      if (!/^(\+a|a>)/.test(script)) await this.#step("+a");
      for (const step of script.split(";").map((step) => step.trim())) await this.#step(step);
      for (const [name, { heard, stream, closed }] of this.#parties) {
        assert.deepEqual(heard.map(written), [], `client ${name} heard more`);
        assert.equal(stream.isClosed, closed, `connection ${name} is closed`);
      }
    } finally {
      const { ingress } = this.#installation;
      ingress.automatic = true;
      ingress.settle();
      await (this.#stopping ?? this.#server.close({ timeoutMs: 1_000 }));
      await this.#otherServer?.close({ timeoutMs: 1_000 });
    }
  }

  async #step(step: string): Promise<void> {
    const [, name = "a", sign, rest = ""] = /^([a-z])?(>>|[<>!.])(.*)$/s.exec(step) ?? [];
    if (sign === "<") return this.#expect(name, rest.trim());
    if (sign === "!") {
      const party = this.#parties.get(name)!;
      assert.ok(party.stream.isClosed, `connection ${name} is closed`);
      party.closed = true;
      return;
    }
    for (const [other, { heard }] of this.#parties) {
      assert.deepEqual(heard.map(written), [], `client ${other} heard more before '${step}'`);
    }
    if (sign?.startsWith(">") === true) this.#send(name, rest, sign === ">>" ? 1 : Infinity);
    else if (sign === ".") {
      const party = this.#parties.get(name)!;
      party.stream.end();
      party.closed = true;
    } else if (step.startsWith("+")) return await this.#connect(step);
    else this.#change(step);
    await this.#listen();
  }

  async #listen(): Promise<void> {
    await quiet();
    // What comes by way of other nodes takes some turns more.
    for (let turn = 0; turn < 3 && this.#elsewhere !== ""; turn++) await quiet();
    for (const { stream, version, heard } of this.#parties.values()) {
      heard.push(...tell(stream.written(), version));
    }
  }

  #party(name: string, version = this.#version): Party {
    let party = this.#parties.get(name);
    if (party === undefined) {
      const server = this.#elsewhere.includes(name) ? this.#otherServer! : this.#server;
      const { stream } = new TestClient(server);
      party = { stream, version, heard: [], closed: false };
      this.#parties.set(name, party);
    }
    return party;
  }

  #send(name: string, notation: string, pieceBytes: number): void {
    const filled = notation.replaceAll(
      /\$([a-z])\b/g,
      (_, id: string) => this.#packetIds.get(id)!.toString(16).padStart(4, "0"),
    );
    const { stream } = this.#party(name);
    const bytes = bytesOf(filled);
    const size = Math.min(pieceBytes, bytes.length);
    for (let at = 0; at < bytes.length; at += size) stream.push(bytes.slice(at, at + size));
  }

  async #connect(step: string): Promise<void> {
    const [, name, digit, properties = ""] = /^\+([a-z])([45])?(.*)$/.exec(step)!;
    const version = digit === undefined ? this.#version : Number(digit) as Version;
    const block = version === 5 ? `[ ${properties} ]` : "";
    const credentials = name === "b" ? "as2" : "as1";
    const party = this.#party(name!, version);
    party.stream.push(
      bytesOf(`10 [ MQTT 0${version} c2 0000 ${block} '${name}' ${credentials} ]`),
    );
    await this.#listen();
    this.#expect(name!, "connack 00");
  }

  #change(step: string): void {
    const [word, ...rest] = step.split(" ") as [string, ...string[]];
    const { ingress, clock } = this.#installation;
    switch (word) {
      case "~":
        return (clock as ManualClock).advance(Number.parseFloat(rest[0]!) * 1_000);
      case "hold":
        ingress.automatic = false;
        return;
      case "settle":
        return ingress.settle(
          rest[0] === undefined ? undefined : reject(rest[0] as RejectionCode, NOT_STORED),
        );
      case "stored":
        return assert.equal(this.stored, Number(rest[0]), "messages stored");
      case "stop":
        this.#stopping = this.#server.close({ timeoutMs: 1_000 });
        return;
      default:
        return this.#changeAccess(word, rest[0] === "1" ? THING_1 : THING_2);
    }
  }

  #changeAccess(word: string, thingId: string): void {
    const both: ConnectionType[] = ["publish", "subscribe"];
    const connections = { [CHANNEL_A]: both };
    switch (word) {
      case "disable":
        return this.#installation.thing(thingId, { status: "disabled", connections });
      case "key":
        return this.#installation.thing(thingId, { key: "another", connections });
      case "withdraw":
        return this.#installation.thing(thingId, {});
      default:
        return assert.fail(`no step of a conversation: ${word}`);
    }
  }

  #expect(name: string, expected: string): void {
    const party = this.#parties.get(name);
    const told = party?.heard.shift();
    assert.ok(told !== undefined, `client ${name} heard nothing where it expected: ${expected}`);
    const [, note] = /#([a-z])\b/.exec(expected) ?? [];
    if (note !== undefined) this.#packetIds.set(note, Number(/#(\d+)/.exec(told.line)?.[1]));
    const filled = expected.replaceAll(
      /[$#]([a-z])\b/g,
      (sign, id: string) => `${sign.startsWith("#") ? "#" : ""}${this.#packetIds.get(id)}`,
    );
    if (!matches(filled, told)) assert.equal(written(told), filled, `client ${name}`);
  }
}

/** Properties too, for a message of a failed test. */
function written({ line, properties }: Told): string {
  if (line.startsWith("publish") || properties.length === 0) return line;
  return `${line} {${properties.join(", ")}}`;
}

export function matches(expected: string, { line, properties }: Told): boolean {
  if (expected.startsWith("publish")) return line === expected;
  const [, head, block = ""] = /^([^{]*?)(?: \{(.*)\})?$/.exec(expected)!;
  const pattern = head!.replaceAll(
    /[0-9a-f]{2}(?:\/[0-9a-f]{2})+/g,
    (codes) => `(?:${codes.replaceAll("/", "|")})`,
  );
  if (!new RegExp(`^${pattern}$`).test(line)) return false;
  return block.split(", ").filter((each) => each !== "").every((each) => {
    if (each.startsWith("-")) {
      return !properties.some((said) => said.startsWith(`${each.slice(1)}=`));
    }
    if (each.endsWith("=*")) return properties.some((said) => said.startsWith(each.slice(0, -1)));
    return properties.includes(each);
  });
}
