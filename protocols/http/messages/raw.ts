import { z } from "@hono/zod-openapi";
import { Buffer } from "node:buffer";
import {
  decodeMessageBatch,
  decodeProperties,
  mediaTypeOf,
  type Message,
  messageStream,
  type RecordedEvent,
} from "../../../actors/mod.ts";
import type { HttpGround } from "../ground.ts";
import { MESSAGES_LIMIT_MAX, PAGE_LIMIT_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { instantMs, waitedFor } from "../request.ts";
import { type HttpApp, onAnybody } from "../route.ts";
import { uuidSchema, wholeNumber } from "../schemas.ts";
import { channelReader } from "./entitled.ts";

const DAY_MS = 86_400_000;
/** Days of one request: a longer span is asked for with the cursor. */
const DAYS_MAX = 366;
/** Batches read at once. */
const BATCHES_PER_READ = 16;
/** Batches and empty days that one request looks through, whether it finds something or not. */
const BATCHES_PER_REQUEST_MAX = 4_096;
/** A batch holds what was received before it closed, and lies in the stream of the day on which it closed. */
const BATCH_OPEN_MS_MAX = 60_000;

const CURSOR_NEEDED = "cursor must come from nextCursor";

const querySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  subtopic: z.string().optional(),
  publisher: uuidSchema.optional(),
  limit: wholeNumber(1, MESSAGES_LIMIT_MAX).default(PAGE_LIMIT_MAX),
  cursor: z.string().regex(/^\d{4}-\d\d-\d\d\.\d{1,15}\.\d{1,15}$/, CURSOR_NEEDED)
    .refine((cursor) => Number.isFinite(placeOf(cursor).dayMs), CURSOR_NEEDED).optional(),
});
type RawQuery = z.infer<typeof querySchema>;

/** A place in the day streams of a channel: everything before it was answered. */
interface Place {
  readonly dayMs: number;
  readonly revision: number;
  readonly index: number;
}

/** `GET /channels/{id}/messages/raw`: what was said, byte for byte, oldest first. */
export function registerRaw(app: HttpApp, ground: HttpGround): void {
  onAnybody(app, {
    method: "get",
    path: "/channels/{id}/messages/raw",
    summary: "What was said on the channel, byte for byte, with publisher, protocol and instant",
    query: querySchema,
    status: 200,
    answer: z.object({
      messages: z.array(z.record(z.string(), z.unknown())),
      nextCursor: z.string().optional(),
    }),
  }, async (context, { params, query }) => {
    const channelId = params["id"]!;
    await channelReader(ground, context, { channelId });
    // A position that was given out is in the log: here nothing has to be waited for.
    await waitedFor(ground, context, { projections: [] });
    return context.json(await page(ground, { channelId, query }));
  });
}

async function page(
  ground: HttpGround,
  { channelId, query }: { readonly channelId: string; readonly query: RawQuery },
): Promise<Record<string, unknown>> {
  const nowMs = ground.clock.nowMs();
  const toMs = query.to === undefined ? nowMs : instantMs(query.to, "to");
  const fromMs = query.from === undefined ? toMs - DAY_MS : instantMs(query.from, "from");
  if (toMs < fromMs) throw new HttpProblem(400, "Cannot read messages: to lies before from", "to");
  let place = query.cursor === undefined
    ? { dayMs: dayOf(fromMs), revision: 0, index: 0 }
    : placeOf(query.cursor);
  const endMs = Math.min(toMs + BATCH_OPEN_MS_MAX, nowMs);
  const lastDayMs = Math.min(dayOf(endMs), place.dayMs + DAYS_MAX * DAY_MS);
  const messages: Record<string, unknown>[] = [];
  for (let looked = 0; place.dayMs <= lastDayMs;) {
    if (looked >= BATCHES_PER_REQUEST_MAX) return { messages, nextCursor: cursorOf(place) };
    const batches = await ground.events.readStream(messageStream(channelId, place.dayMs), {
      fromRevision: place.revision,
      limit: BATCHES_PER_READ,
    });
    looked += Math.max(1, batches.length);
    for (const batch of batches) {
      const said = decodeMessageBatch(batch.data as Uint8Array).messages;
      if (said[0] !== undefined && said[0].receivedUs > (toMs + BATCH_OPEN_MS_MAX) * 1_000) {
        return { messages };
      }
      for (const message of said) {
        if (batch.revision === place.revision && message.index < place.index) continue;
        if (messages.length === query.limit) {
          return {
            messages,
            nextCursor: cursorOf({
              dayMs: place.dayMs,
              revision: batch.revision,
              index: message.index,
            }),
          };
        }
        if (wanted(message, { query, fromMs, toMs })) messages.push(shown(batch, message));
      }
    }
    place = batches.length < BATCHES_PER_READ
      ? { dayMs: place.dayMs + DAY_MS, revision: 0, index: 0 }
      : { dayMs: place.dayMs, revision: batches.at(-1)!.revision + 1, index: 0 };
  }
  const more = lastDayMs < dayOf(endMs);
  return { messages, ...(more ? { nextCursor: cursorOf(place) } : {}) };
}

function wanted(
  message: Message,
  { query, fromMs, toMs }: {
    readonly query: RawQuery;
    readonly fromMs: number;
    readonly toMs: number;
  },
): boolean {
  return message.receivedUs >= fromMs * 1_000 && message.receivedUs <= toMs * 1_000 &&
    (query.subtopic === undefined ||
      message.subtopic.replaceAll("/", ".") === query.subtopic.replaceAll("/", ".")) &&
    (query.publisher === undefined || message.origin.publisher === query.publisher);
}

function shown(batch: RecordedEvent, message: Message): Record<string, unknown> {
  return {
    position: batch.position,
    index: message.index,
    received: instantText(message.receivedUs),
    ...messageFields(message),
  };
}

/** What of a message is the same for whoever reads it, live or later. */
export function messageFields(
  message:
    & Pick<Message, "origin" | "subtopic" | "qos" | "contentKind" | "contentType" | "payload">
    & {
      readonly retain?: boolean;
      readonly properties?: Uint8Array;
    },
): Record<string, unknown> {
  const bytes = Buffer.from(message.payload);
  const text = bytes.toString("utf8");
  return {
    publisher: message.origin.publisher,
    protocol: message.origin.protocol,
    subtopic: message.subtopic,
    qos: message.qos,
    retain: message.retain === true,
    contentType: mediaTypeOf(message),
    ...(message.properties === undefined
      ? {}
      : { properties: shownProperties(message.properties) }),
    payload: bytes.toString("base64"),
    ...(Buffer.from(text, "utf8").equals(bytes) ? { payloadText: text } : {}),
    correlationId: message.origin.correlationId,
    remoteAddress: message.origin.remoteAddress,
  };
}

function shownProperties(block: Uint8Array): Record<string, unknown> {
  const { correlationData, ...properties } = decodeProperties(block);
  if (correlationData === undefined) return properties;
  return { ...properties, correlationData: Buffer.from(correlationData).toString("base64") };
}

/** RFC 3339 with microseconds. */
export function instantText(us: number): string {
  const micros = String(Math.floor(us % 1_000_000)).padStart(6, "0");
  return `${new Date(Math.floor(us / 1_000)).toISOString().slice(0, 19)}.${micros}Z`;
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

function cursorOf({ dayMs, revision, index }: Place): string {
  return `${new Date(dayMs).toISOString().slice(0, 10)}.${revision}.${index}`;
}

function placeOf(cursor: string): Place {
  const [day, revision, index] = cursor.split(".");
  return {
    dayMs: Date.parse(`${day}T00:00:00Z`),
    revision: Number(revision),
    index: Number(index),
  };
}
