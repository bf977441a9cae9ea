import type { Context } from "hono";
import {
  type CommandContext,
  derivedId,
  isRejection,
  isUuid,
  type Principal,
  type Rejection,
} from "../../actors/mod.ts";
import type { At } from "../../projections/mod.ts";
import type { TlsDetails } from "../sockets/mod.ts";
import type { HttpGround } from "./ground.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX, OWN_WRITE_WAIT_MS, WAIT_FOR_MS_MAX } from "./limits.ts";
import { HttpProblem, problemOf } from "./problem.ts";

/** What is known of a request's peer. */
export interface PeerBindings {
  readonly remoteAddress: string;
  /** Absent where the request came in clear. */
  readonly tls?: TlsDetails;
}

export function remoteAddressOf(context: Context): string {
  return (context.env as PeerBindings | undefined)?.remoteAddress ?? "local";
}

/**
 * From where, by whom and because of what; `part` tells the commands of one request apart. With the
 * header `Idempotency-Key` the command ids follow from it, so that a repeat changes nothing.
 */
export function commandContext(
  ground: HttpGround,
  context: Context,
  by: { readonly principal: Principal; readonly part?: string },
): CommandContext {
  const key = context.req.header("idempotency-key");
  if (key !== undefined && (key.length === 0 || key.length > IDEMPOTENCY_KEY_LENGTH_MAX)) {
    throw new HttpProblem(
      400,
      `Cannot accept Idempotency-Key of ${key.length} characters: 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} are allowed`,
      "Idempotency-Key",
    );
  }
  return {
    commandId: key === undefined ? ground.newId() : derivedId(
      [by.principal.id, context.req.method, context.req.path, key, by.part ?? ""].join("\n"),
    ),
    correlationId: context.get("requestId") as string | undefined ?? ground.newId(),
    principal: by.principal,
    edge: "http",
    remoteAddress: remoteAddressOf(context),
  };
}

/** The context of a further command on the same actor, told apart from the first. */
export function followUp(context: CommandContext, part: string): CommandContext {
  return { ...context, commandId: derivedId(`${context.commandId}\n${part}`) };
}

export function accepted<T>(result: T | Rejection): T {
  if (isRejection(result)) throw problemOf(result);
  return result;
}

/** Names the position of a write, once reads that do not ask for it see it too. */
export async function written(
  ground: HttpGround,
  context: Context,
  { position }: { readonly position: number },
): Promise<void> {
  context.header("Millrace-Position", String(position));
  await ground.readModels.waitFor(position, {
    projections: ["access", "directory"],
    timeoutMs: OWN_WRITE_WAIT_MS,
  });
}

/** Honours `Millrace-Wait-For`: a read that must see a write waits for it, but not for ever. */
export async function waitedFor(
  ground: HttpGround,
  context: Context,
  { projections }: { readonly projections: readonly string[] },
): Promise<void> {
  const header = context.req.header("millrace-wait-for");
  if (header === undefined) return;
  if (!/^\d{1,15}$/.test(header)) {
    throw new HttpProblem(
      400,
      `Cannot wait for position '${header}': it must be a whole number, as Millrace-Position gives it`,
      "Millrace-Wait-For",
    );
  }
  const position = Number(header);
  const reached = await ground.readModels.waitFor(position, {
    projections,
    timeoutMs: WAIT_FOR_MS_MAX,
  });
  if (!reached) {
    throw new HttpProblem(503, `Cannot answer yet: position ${position} is not reached, try again`);
  }
}

/** `at`: a position, or an instant of RFC 3339. */
export function atOf(text: string | undefined): At | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return { position: Number(text) };
  return { ms: instantMs(text, "at") };
}

/** RFC 3339, section 5.6, or a date alone; what else Date.parse takes would be guessing. */
const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i;
/** ECMA-262, section 21.4.1.1: nothing beyond it is an instant. */
const INSTANT_MS_MAX = 8.64e15;

/** Milliseconds since the Unix epoch of an RFC 3339 instant, or of seconds since then. */
export function instantMs(text: string, field: string): number {
  let ms = NaN;
  if (/^-?\d+(\.\d+)?$/.test(text)) ms = Number(text) * 1_000;
  else if (INSTANT.test(text)) ms = Date.parse(text.toUpperCase());
  if (Math.abs(ms) <= INSTANT_MS_MAX) return ms;
  throw new HttpProblem(
    400,
    `Cannot read ${field} '${text}': it must be an instant like '2026-01-31T12:00:00Z'`,
    field,
  );
}

export function uuidOf(text: string, field: string): string {
  if (isUuid(text)) return text;
  throw new HttpProblem(
    400,
    `Cannot accept ${field} '${text.slice(0, 64)}': it must be a UUID`,
    field,
  );
}
