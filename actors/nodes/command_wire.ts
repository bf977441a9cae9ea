import type { CommandContext } from "../context.ts";
import { errorOf, type ErrorText, errorText } from "../error_text.ts";
import { ProtocolError, reject, type Rejection } from "../errors.ts";
import type { Executed } from "../runtime/mod.ts";
import { REQUEST_BYTES_MAX } from "./requests.ts";

/*
 * Commands and their answers on the way between nodes: JSON, of which a node of another version reads
 * the members that it knows.
 */

/** A command as it travels. */
export interface CommandQuestion {
  /** Category of the kind of actor. */
  readonly kind: string;
  readonly id: string;
  readonly command: unknown;
  readonly context: CommandContext;
}

export type CommandAnswer =
  | { readonly is: "executed"; readonly executed: Executed }
  | { readonly is: "rejected"; readonly rejection: Rejection }
  | { readonly is: "failed"; readonly error: ErrorText }
  /** The node that was asked does not have the actor: nothing was done. */
  | { readonly is: "elsewhere" };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Refuses what would arrive as something else, in words like those of the deciders. */
export function encodeQuestion(question: CommandQuestion): Uint8Array | Rejection {
  const { kind, id } = question;
  let text: string;
  try {
    text = JSON.stringify(question, finite);
  } catch (error) {
    if (error instanceof RangeError) {
      return reject("invalid", `Cannot send a command to ${kind} '${id}': ${error.message}`);
    }
    throw error;
  }
  const bytes = encoder.encode(text);
  if (bytes.length <= REQUEST_BYTES_MAX) return bytes;
  return reject(
    "too_large",
    `Cannot send ${bytes.length} bytes to ${kind} '${id}': at most ${REQUEST_BYTES_MAX} are allowed`,
  );
}

/** JSON writes null for what is not finite: another command than the one that was sent. */
function finite(key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new RangeError(`'${key}' is not a finite number`);
}

/** Throws ProtocolError. */
export function decodeQuestion(bytes: Uint8Array): CommandQuestion {
  const { kind, id, command, context } = objectIn(bytes, "command");
  const whole = typeof kind === "string" && typeof id === "string" && command !== undefined &&
    typeof context === "object" && context !== null;
  if (!whole) throw new ProtocolError("Cannot read a command of another node: a member is missing");
  // Nodes of one installation trust each other; the edge that made the context has checked it.
  return { kind, id, command, context: context as CommandContext };
}

export function encodeAnswer(answer: CommandAnswer): Uint8Array {
  return encoder.encode(JSON.stringify(answer));
}

/** Throws ProtocolError. */
export function decodeAnswer(bytes: Uint8Array): CommandAnswer {
  const answer = objectIn(bytes, "answer");
  switch (answer["is"]) {
    case "executed":
    case "rejected":
    case "failed":
    case "elsewhere":
      return answer as CommandAnswer;
    default:
      throw new ProtocolError(
        `Cannot read the answer of another node: '${String(answer["is"])}' is none`,
      );
  }
}

export function failed(error: unknown): CommandAnswer {
  return { is: "failed", error: errorText(error) };
}

/** What the answer was on the node that gave it; undefined if that node does not have the actor. */
export function outcomeOf(answer: CommandAnswer): Executed | Rejection | undefined {
  switch (answer.is) {
    case "executed":
      return answer.executed;
    case "rejected":
      return answer.rejection;
    case "failed":
      throw errorOf(answer.error);
    case "elsewhere":
      return undefined;
  }
}

function objectIn(bytes: Uint8Array, what: string): { readonly [member: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new ProtocolError(`Cannot read the ${what} of another node: it is no JSON`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProtocolError(`Cannot read the ${what} of another node: it is no object`);
  }
  return value as { readonly [member: string]: unknown };
}
