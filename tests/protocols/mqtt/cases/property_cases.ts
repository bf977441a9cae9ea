import type { Case } from "./case_file.ts";
import { bytesOf } from "./notation.ts";
import { PROPERTY_ROWS, type PropertyRow } from "./properties.ts";

/** Each packet with a place for properties, and what the server answers if they are sound. */
const HOSTS = `
connect     | 10 [ MQTT 05 c2 0000 [ % ] 'a' as1 ]              | connack 00
will        | 10 [ MQTT 05 c6 0000 [ ] 'a' [ % ] @A 0001 78 as1 ] | connack 00
publish     | 32 [ @A 0007 [ % ] "x" ]                          | puback 7
puback      | 40 [ 0007 00 [ % ] ]                              |
pubrec      | 50 [ 0007 00 [ % ] ]                              | pubrel 7 92
pubrel      | 62 [ 0007 00 [ % ] ]                              | pubcomp 7 92
pubcomp     | 70 [ 0007 00 [ % ] ]                              |
subscribe   | 82 [ 0007 [ % ] @B 00 ]                           | suback 7 00
unsubscribe | a2 [ 0007 [ % ] @B ]                              | unsuback 7 11
disconnect  | e0 [ 00 [ % ] ]                                   | closed
auth        | f0 [ 18 [ % ] ]                                   | disconnect 82
`;

interface Host {
  readonly name: string;
  readonly bytes: string;
  readonly answer: string;
}

const HOST_ROWS: readonly Host[] = HOSTS.trim().split("\n").map((line) => {
  const [name, bytes, answer] = line.split("|").map((cell) => cell.trim());
  return { name: name!, bytes: bytes!, answer: answer! };
});

/** Ill-formed in place of a text: clause, what it is, bytes. */
const BAD_TEXTS: readonly (readonly [string, string, string])[] = [
  ["[MQTT5-1.5.4-1]", "a byte that is no UTF-8", "0001 ff"],
  ["[MQTT5-1.5.4-1]", "an encoded surrogate", "0003 eda080"],
  ["[MQTT5-1.5.4-1]", "an overlong encoding", "0002 c0af"],
  ["[MQTT5-1.5.4-2]", "the character U+0000", "0003 610062"],
];

/** What is wrong with a property whatever its packet, and properties of other packets. */
export function propertyCases(): Case[] {
  return HOST_ROWS.flatMap((host) =>
    PROPERTY_ROWS.flatMap((row) =>
      row.hosts.includes(host.name) ? ownProperty(host, row) : foreignProperty(host, row)
    )
  );
}

function foreignProperty(host: Host, { name, value }: PropertyRow): Case[] {
  // Section 2.2.2.2 calls it malformed; where only the direction is wrong it is a protocol error.
  const clause = name === "subId" && host.name === "publish"
    ? "[MQTT5-3.3.4-6]"
    : "[MQTT5-4.13.1-1]";
  return [refused(host, `${clause} ${name}, which is not of this packet`, {
    properties: `${name} ${value}`,
    codes: "81/82",
  })];
}

function ownProperty(host: Host, row: PropertyRow): Case[] {
  const { name, kind, value } = row;
  const cases: Case[] = [];
  const one = `${name} ${value}`;
  if (!name.startsWith("auth")) cases.push(taken(host, one, name));
  if (name !== "user") {
    // Each section on a property says that it is a protocol error to include it more than once.
    cases.push(refused(host, `[MQTT5-4.13.1-1] ${name} twice`, {
      properties: `${one} ${one}`,
      codes: "82",
    }));
  } else cases.push(taken(host, `${one} ${one}`, "user twice"));
  const bytes = [...bytesOf(value)].map((byte) => byte.toString(16).padStart(2, "0"));
  cases.push(refused(host, `[MQTT5-4.13.1-1] ${name} that ends early`, {
    properties: `${name} ${bytes.slice(0, -1).join(" ")}`,
    codes: "81",
  }));
  for (const [clause, what, bad] of BAD_TEXTS) {
    const properties = kind === "text"
      ? [`${name} ${bad}`]
      : kind === "pair"
      ? [`${name} ${bad} 'v'`, `${name} 'k' ${bad}`]
      : [];
    properties.forEach((each, index) => {
      const part = kind === "text" ? "" : index === 0 ? "the name of " : "the value of ";
      const pair = kind === "pair" ? " [MQTT5-1.5.7-1]" : "";
      const said = `${clause}${pair} ${what} in ${part}${name}`;
      cases.push(refused(host, said, { properties: each, codes: "81" }));
    });
  }
  return cases;
}

function taken(host: Host, properties: string, what: string): Case {
  const { name, bytes, answer } = host;
  const heard = answer === "" ? "" : answer === "closed" ? "; a!" : `; a< ${answer}`;
  const again = answer === "closed" || name === "auth" ? "" : "; a> c0 00; a< pingresp";
  const ended = name === "auth" ? "; a!" : "";
  return {
    name: `mqtt 5.0 properties: takes ${what} in ${name}`,
    script: `${start(host)}a> ${bytes.replace("%", properties)}${heard}${ended}${again}`,
  };
}

function refused(
  host: Host,
  what: string,
  { properties, codes }: { readonly properties: string; readonly codes: string },
): Case {
  const packet = isFirst(host) ? "connack" : "disconnect";
  return {
    name: `mqtt 5.0 properties: refuses ${what}, in ${host.name}`,
    script: `${start(host)}a> ${
      host.bytes.replace("%", properties)
    } c0 00; a< ${packet} ${codes}; a!; stored 0`,
  };
}

function isFirst({ name }: Host): boolean {
  return name === "connect" || name === "will";
}

function start(host: Host): string {
  return isFirst(host) ? "" : "+a; ";
}
