import type { MqttLimits } from "../../../../protocols/mqtt/mod.ts";

/**
 * Cases of one packet type and version, one a line: the clauses that they prove, what they are, and
 * cells behind `|`. Blank lines and lines that begin with `//` are for the reader.
 */
export interface CaseFile {
  readonly version: 4 | 5;
  /** Of the server, where they are not its own. */
  readonly limits?: Partial<MqttLimits>;
  /** The packet type. */
  readonly about: string;
  /** What the very first packet of a connection is answered with: `clause what | bytes | packet or -`. */
  readonly first?: string;
  /** Sent by a connected client: `clause what | bytes | reason codes of the DISCONNECT`. */
  readonly refused?: string;
  /** See conversation.ts: `clause what | steps`. */
  readonly talks?: string;
}

export interface Case {
  /** The clauses in brackets, and what is proved. */
  readonly name: string;
  /** Steps of a conversation. */
  readonly script: string;
}

const PING = "c0 00";

export function casesOf({ version, about, first, refused, talks }: CaseFile): Case[] {
  const title = `mqtt ${version === 4 ? "3.1.1" : "5.0"} ${about}`;
  const cases: Case[] = [];
  for (const [name, bytes, answer] of rowsOf(first)) {
    const heard = answer === "-" ? "" : `a< ${answer};`;
    cases.push({ name: `${title}: answers ${name}`, script: `a> ${bytes} ${PING}; ${heard} a!` });
  }
  for (const [name, bytes, codes] of rowsOf(refused)) {
    const heard = version === 5 ? `< disconnect ${codes};` : "";
    // Whatever comes behind is not looked at, and a packet in pieces is the same packet.
    const script = `>> ${bytes} ${PING}; ${heard} a!`;
    cases.push({ name: `${title}: refuses ${name}`, script });
  }
  for (const [name, script] of rowsOf(talks)) {
    cases.push({ name: `${title}: ${name}`, script: script! });
  }
  return cases;
}

function rowsOf(table = ""): (readonly [string, string, string | undefined])[] {
  return table.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("//"))
    .map((line) => {
      const [name, second, third] = line.split(" | ").map((cell) => cell.trim());
      return [name!, second!, third] as const;
    });
}
