import { z } from "@hono/zod-openapi";
import type { LiveMessage } from "../../../projections/mod.ts";
import { openedOne, type StreamEnd } from "../counters.ts";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import { uuidOf } from "../request.ts";
import type { HttpApp, HttpContext } from "../route.ts";
import { uuidSchema } from "../schemas.ts";
import { channelReader } from "./entitled.ts";
import { instantText, messageFields } from "./raw.ts";

/** Streams that may be open at once. */
export const STREAMS_MAX = 1_000;
/** Bytes that may wait for one reader: beyond it QoS 0 is left out and told of, and anything else ends the stream. */
export const STREAM_BYTES_MAX = 1024 * 1024;
/** A comment so often keeps proxies from closing an idle stream. */
const HEARTBEAT_MS = 15_000;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // nginx keeps what is small until more has come, unless an answer says that it must not.
  "x-accel-buffering": "no",
};

const encoder = new TextEncoder();

/** `GET /channels/{id}/messages/live`: Server-Sent Events (HTML standard, section 9.2). */
export function registerLive(app: HttpApp, ground: HttpGround): void {
  const { streams } = ground.counters;
  app.get("/channels/:channelId/messages/live", async (context) => {
    const channelId = uuidOf(context.req.param("channelId"), "channel id");
    const reader = await channelReader(ground, context, { channelId });
    const filter = filterOf(context);
    // The body of an answer to HEAD is dropped unread, and nobody would ever end it.
    if (context.req.method === "HEAD") return new Response(null, { headers: HEADERS });
    // Nothing is awaited between the look and the count: many may ask at once.
    if (streams.open >= STREAMS_MAX) {
      throw new HttpProblem(
        503,
        `Cannot open a stream: ${STREAMS_MAX} are open already, try again`,
      );
    }
    const counted = openedOne(streams);
    const body = liveStream(ground, {
      channelId,
      filter,
      stillMay: reader.stillMay,
      onEnd: (why) => {
        streams.ended[why]++;
        counted();
      },
    });
    return new Response(body, { headers: HEADERS });
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/channels/{id}/messages/live",
    tags: ["messages"],
    summary: "Messages of the channel as they come, as Server-Sent Events",
    request: {
      params: z.object({ id: uuidSchema }),
      query: z.object({
        subtopic: z.string().optional().openapi({
          description: "'+' stands for one level, '#' for all at the end; all unless told",
        }),
      }),
    },
    responses: { 200: { description: "an endless stream of `message` events" } },
  });
}

/** MQTT's filter below the channel: `+` for one level, `#` for all that follow. */
function filterOf(context: HttpContext): string {
  const filter = context.req.query("subtopic")?.replaceAll(".", "/") ?? "#";
  const levels = filter.split("/");
  const wrong = levels.some((level, index) =>
    /[+#]/.test(level) && level !== "+" && !(level === "#" && index === levels.length - 1)
  );
  if (!wrong) return filter;
  throw new HttpProblem(
    400,
    `Cannot listen to subtopic '${
      filter.slice(0, 64)
    }': '+' stands for one level, '#' for all at the end`,
    "subtopic",
  );
}

function liveStream(
  ground: HttpGround,
  options: {
    readonly channelId: string;
    readonly filter: string;
    readonly stillMay: () => boolean;
    readonly onEnd: (why: StreamEnd) => void;
  },
): ReadableStream<Uint8Array> {
  const { channelId, filter } = options;
  const ends: (() => void)[] = [];
  let ended = false;
  const end = (why: StreamEnd) => {
    if (ended) return;
    ended = true;
    options.onEnd(why);
    for (const each of ends) each();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const finish = (why: StreamEnd, farewell: string) => {
        if (ended) return;
        controller.enqueue(encoder.encode(farewell));
        controller.close();
        end(why);
      };
      let missed = 0;
      const deliver = (message: LiveMessage) => {
        if (ended) return;
        const frame = frameOf(message);
        const notice = missed === 0 ? undefined : missedFrame(missed);
        if ((controller.desiredSize ?? 0) >= frame.length + (notice?.length ?? 0)) {
          if (notice !== undefined) controller.enqueue(notice);
          missed = 0;
          controller.enqueue(frame);
          ground.counters.streams.messages++;
        } else if (message.qos > 0) {
          finish("overflow", "event: overflow\ndata: the reader is too slow\n\n");
        } else {
          missed++;
          ground.liveFeed.counters.dropped++;
        }
      };
      const beat = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": alive\n\n"));
      }, HEARTBEAT_MS);
      ends.push(
        () => clearInterval(beat),
        ground.liveFeed.subscribe(channelId, {
          filter,
          terms: { maximumQos: 2 },
          subscriber: { deliver },
        }),
        ground.access.onChange(() => {
          if (!options.stillMay()) {
            finish("access", "event: refused\ndata: access was taken away\n\n");
          }
        }),
      );
      controller.enqueue(encoder.encode(": listening\n\n"));
    },
    cancel: () => end("client"),
  }, { highWaterMark: STREAM_BYTES_MAX, size: (chunk) => chunk.length });
}

/** Says how many messages of QoS 0 were left out since the one before. */
function missedFrame(messages: number): Uint8Array {
  return encoder.encode(`event: missed\ndata: ${JSON.stringify({ messages })}\n\n`);
}

/** Rendered once for all streams that get the message. */
function frameOf(message: LiveMessage): Uint8Array {
  const known = message.rendered.get("sse");
  if (known !== undefined) return known;
  const id = message.place === undefined
    ? ""
    : `id: ${message.place.position}.${message.place.index}\n`;
  const fields = JSON.stringify({
    channel: message.channelId,
    received: instantText(message.receivedUs),
    ...messageFields(message),
  });
  const frame = encoder.encode(`event: message\n${id}data: ${fields}\n\n`);
  message.rendered.set("sse", frame);
  return frame;
}
