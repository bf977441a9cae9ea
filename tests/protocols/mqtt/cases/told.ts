import assert from "node:assert/strict";
import { TOPIC_NAMES } from "./notation.ts";
import { PROPERTY_ROWS, type PropertyRow } from "./properties.ts";

/** A packet that a server sent, as the cases write it. */
export interface Told {
  /** Type and fields; of a PUBLISH its properties too. */
  readonly line: string;
  /** Each as `name=value`, in the order of their identifiers. */
  readonly properties: readonly string[];
}

const NAMES = [
  "reserved",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
];

const BY_ID = new Map(PROPERTY_ROWS.map((row) => [row.id, row]));
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads whole packets as strictly as a client may; of either version. */
export function tell(bytes: Uint8Array, version: 4 | 5): Told[] {
  const told: Told[] = [];
  const all = new Reader(bytes);
  while (all.left > 0) {
    const first = all.byte();
    told.push(tellPacket(first, new Reader(all.part(all.varint())), version));
  }
  return told;
}

function tellPacket(first: number, body: Reader, version: 4 | 5): Told {
  const name = NAMES[first >> 4]!;
  const flags = first & 0x0f;
  if (name !== "publish") assert.equal(flags, name === "pubrel" ? 2 : 0, `flags of ${name}`);
  const told = fieldsOf(name, flags, { body, version });
  assert.equal(body.left, 0, `bytes follow the last field of ${name}`);
  return told;
}

function fieldsOf(
  name: string,
  flags: number,
  { body, version }: { readonly body: Reader; readonly version: 4 | 5 },
): Told {
  const properties = () => version === 5 ? body.properties() : [];
  switch (name) {
    case "connack": {
      const present = body.byte();
      assert.ok(present <= 1, "reserved bits of a CONNACK are 0"); // [MQTT5-3.2.2-1]
      const line = `connack ${hex(body.byte())}${present === 1 ? " present" : ""}`;
      return { line, properties: properties() };
    }
    case "publish":
      return publish(flags, body, version);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp": {
      const id = body.u16();
      const reason = body.left > 0 ? body.byte() : 0;
      const rest = body.left > 0 ? properties() : [];
      return { line: `${name} ${id}${reason === 0 ? "" : ` ${hex(reason)}`}`, properties: rest };
    }
    case "suback":
    case "unsuback": {
      const id = body.u16();
      const rest = properties();
      const codes = [...body.part(body.left)].map((code) => ` ${hex(code)}`);
      return { line: `${name} ${id}${codes.join("")}`, properties: rest };
    }
    case "pingresp":
      return { line: name, properties: [] };
    case "disconnect":
    case "auth": {
      assert.equal(version, 5, `a server sends no ${name} in MQTT 3.1.1`);
      const reason = body.left > 0 ? body.byte() : 0;
      return {
        line: `${name} ${hex(reason)}`,
        properties: body.left > 0 ? properties() : [],
      };
    }
    default:
      return assert.fail(`a server sends no ${name}`);
  }
}

function publish(flags: number, body: Reader, version: 4 | 5): Told {
  const qos = flags >> 1 & 3;
  const topic = text.decode(body.binary());
  const id = qos > 0 ? ` #${body.u16()}` : "";
  const properties = version === 5 ? body.properties() : [];
  const payload = body.part(body.left);
  const marks = `${(flags & 8) !== 0 ? " dup" : ""}${(flags & 1) !== 0 ? " retain" : ""}`;
  const block = properties.length === 0 ? "" : ` {${properties.join(", ")}}`;
  const said = `publish q${qos}${id}${marks} ${topicName(topic)}${block}`;
  return { line: payload.length === 0 ? `${said}:` : `${said}: ${readable(payload)}`, properties };
}

function topicName(topic: string): string {
  for (const [prefix, name] of TOPIC_NAMES) {
    if (topic === prefix || topic.startsWith(`${prefix}/`)) {
      return name + topic.slice(prefix.length);
    }
  }
  return topic === "" ? "-" : topic;
}

function readable(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch {
    return [...bytes].map(hex).join("");
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  part(length: number): Uint8Array {
    assert.ok(length <= this.left, "a field ends after its packet");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.part(1)[0]!;
  }

  u16(): number {
    return this.byte() << 8 | this.byte();
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      assert.ok(byte > 0 || shift === 0, "a number takes more bytes than it needs");
      return value;
    }
    return assert.fail("a number takes more than 4 bytes");
  }

  binary(): Uint8Array {
    return this.part(this.u16());
  }

  properties(): string[] {
    const block = new Reader(this.part(this.varint()));
    const told: { readonly id: number; readonly said: string }[] = [];
    while (block.left > 0) {
      const id = block.varint();
      const row = BY_ID.get(id);
      assert.ok(row !== undefined, `'${id}' is no property`);
      told.push({ id, said: `${row.name}=${block.#value(row)}` });
    }
    // The order of user properties is the only one that means something; sorting keeps it.
    return told.toSorted((a, b) => a.id - b.id).map(({ said }) => said);
  }

  #value({ kind }: PropertyRow): string {
    switch (kind) {
      case "byte":
        return `${this.byte()}`;
      case "u16":
        return `${this.u16()}`;
      case "u32":
        return `${this.u16() * 0x1_0000 + this.u16()}`;
      case "varint":
        return `${this.varint()}`;
      case "text":
        return text.decode(this.binary());
      case "binary":
        return [...this.binary()].map(hex).join("");
      case "pair":
        return `${text.decode(this.binary())}:${text.decode(this.binary())}`;
    }
  }
}
