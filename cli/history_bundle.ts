import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";
import { z } from "zod";
import {
  CHAIN_START,
  type ChainBreak,
  type JsonObject,
  type RecordedEvent,
  UsageError,
  verifyStream,
} from "../actors/mod.ts";

/** What was found in a bundle: docs/history-export.md says what each sentence means. */
export interface BundleFindings {
  readonly entity: { readonly kind: string; readonly id: string };
  readonly exportedAt: string;
  /** Checked events. */
  readonly count: number;
  /** SHA-256 of the signer's public key (SPKI), in hex: compare it with the one you know. */
  readonly signer: string;
  /** Empty if nothing was changed since the platform wrote it. */
  readonly problems: readonly string[];
}

const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");
const headerSchema = z.object({
  format: z.literal("millrace-history/1"),
  entity: z.object({ kind: z.string(), id: z.string() }),
  exportedAt: z.string(),
  streams: z.array(z.string()),
  publicKey: z.base64(),
});
const eventSchema = z.object({
  stream: z.string(),
  revision: z.number().int().min(0),
  position: z.number().int(),
  id: z.uuid(),
  type: z.string(),
  data: z.custom<JsonObject>(isObject, "must be an object").optional(),
  bytes: z.base64().optional(),
  metadata: z.custom<RecordedEvent["metadata"]>(isObject, "must be an object"),
  hash,
});
const closingSchema = z.object({
  count: z.number().int(),
  heads: z.record(z.string(), z.object({ from: z.number(), revision: z.number(), hash })),
  signature: z.base64(),
});
type Head = z.infer<typeof closingSchema>["heads"][string];

/** Checks an exported history offline; throws UsageError naming the line if it is none. */
export function examineBundle(text: string): BundleFindings {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length < 2) {
    throw new UsageError("Cannot read the bundle: it has no closing line, it was cut off");
  }
  const header = lineOf(headerSchema, { lines, at: 0 });
  const closing = lineOf(closingSchema, { lines, at: lines.length - 1 });
  const events = lines.slice(1, -1).map((_, index) =>
    recorded(lineOf(eventSchema, { lines, at: index + 1 }))
  );
  const problems = [
    ...header.streams.flatMap((stream) =>
      streamProblems(events.filter((event) => event.stream === stream), closing.heads[stream])
    ),
    ...events.filter((event) => !header.streams.includes(event.stream)).map((event) =>
      `event ${event.id} (${event.type}) was inserted: the bundle holds no stream '${event.stream}'`
    ),
  ];
  const publicKey = Buffer.from(header.publicKey, "base64");
  const { signature, ...signed } = closing;
  if (!signatureFits(lines.slice(0, -1), { signed, signature, publicKey })) {
    problems.push("the signature does not fit: a line was changed after the platform signed it");
  }
  return {
    entity: header.entity,
    exportedAt: header.exportedAt,
    count: events.length,
    signer: createHash("sha256").update(publicKey).digest("hex"),
    problems,
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lineOf<T>(
  schema: z.ZodType<T>,
  { lines, at }: { readonly lines: readonly string[]; readonly at: number },
): T {
  let value: unknown;
  try {
    value = JSON.parse(lines[at]!);
  } catch (cause) {
    throw new UsageError(`Cannot read line ${at + 1} of the bundle: it is not JSON`, {
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.length === 0 ? "" : `'${issue.path.join(".")}' `;
  throw new UsageError(`Cannot read line ${at + 1} of the bundle: ${where}${issue.message}`);
}

function recorded(line: z.infer<typeof eventSchema>): RecordedEvent {
  const { bytes, data, hash, ...rest } = line;
  return {
    ...rest,
    data: bytes === undefined ? data ?? {} : new Uint8Array(Buffer.from(bytes, "base64")),
    hash: new Uint8Array(Buffer.from(hash, "hex")),
  };
}

function streamProblems(events: readonly RecordedEvent[], head: Head | undefined): string[] {
  const first = events[0];
  if (head === undefined) {
    return events.map((event) => `event ${event.id} (${event.type}) was inserted`);
  }
  if (first === undefined) {
    return [`every event of a stream was removed, revisions ${head.from} to ${head.revision}`];
  }
  // A stream whose older events were let go begins on trust: its head, which is signed, says where.
  const onTrust = head.from > 0 && first.revision === head.from;
  const outcome = onTrust
    ? verifyStream(events.slice(1), { revision: first.revision, hash: first.hash })
    : verifyStream(events, head.from > 0 ? { ...CHAIN_START, revision: head.from - 1 } : undefined);
  if ("what" in outcome) return [breakText(outcome, events)];
  if (outcome.revision < head.revision) {
    return [`events ${outcome.revision + 1} to ${head.revision} of ${first.stream} were removed`];
  }
  if (outcome.revision > head.revision) {
    const added = events.find(({ revision }) => revision > head.revision)!;
    return [
      `event ${added.id} (${added.type}, revision ${added.revision} of ${added.stream}) was inserted at the end`,
    ];
  }
  return Buffer.from(outcome.hash).toString("hex") === head.hash
    ? []
    : [`the last event of ${first.stream} is not the one that was signed`];
}

function breakText(found: ChainBreak, events: readonly RecordedEvent[]): string {
  const { what, stream, revision, eventId } = found;
  if (what === "removed") {
    return `event ${revision} of ${stream} was removed, before event ${eventId}`;
  }
  const type = events.find(({ id }) => id === eventId)?.type;
  return `event ${eventId} (${type}, revision ${revision} of ${stream}) was ${what}`;
}

function signatureFits(
  lines: readonly string[],
  { signed, signature, publicKey }: {
    readonly signed: unknown;
    readonly signature: string;
    readonly publicKey: Buffer;
  },
): boolean {
  const digest = createHash("sha256");
  for (const line of lines) digest.update(`${line}\n`);
  digest.update(JSON.stringify(signed));
  try {
    const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
    return verify(null, digest.digest(), key, Buffer.from(signature, "base64"));
  } catch {
    // A key that is none signs nothing: the bundle says whose it is, and that was changed.
    return false;
  }
}
