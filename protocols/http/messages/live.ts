import type { LiveMessage } from "../../../projections/mod.ts";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import { uuidOf } from "../request.ts";
import type { HttpApp, HttpContext } from "../route.ts";
import { channelReader } from "./entitled.ts";
import { instantText, messageFields } from "./raw.ts";

/** Streams that may be open at once. */
export const STREAMS_MAX = 1_000;
/** Bytes that may wait for one reader: beyond it QoS 0 is left out, and anything else ends the stream. */
export const STREAM_BYTES_MAX = 1024 * 1024;
/** A comment so often keeps proxies from closing an idle stream. */
const HEARTBEAT_MS = 15_000;

const encoder = new TextEncoder();

/** `GET /channels/{id}/messages/live`: Server-Sent Events (HTML standard, section 9.2). */
export function registerLive(app: HttpApp, ground: HttpGround): void {
  let open = 0;
  app.get("/channels/:channelId/messages/live", async (context) => {
    if (open >= STREAMS_MAX) {
      throw new HttpProblem(
        503,
        `Cannot open a stream: ${STREAMS_MAX} are open already, try again`,
      );
    }
    const channelId = uuidOf(context.req.param("channelId"), "channel id");
    const reader = await channelReader(ground, context, { channelId });
    open++;
    const body = liveStream(ground, {
      channelId,
      filter: filterOf(context),
      stillMay: reader.stillMay,
      onEnd: () => open--,
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/channels/{id}/messages/live",
    tags: ["messages"],
    summary: "Messages of the channel as they come, as Server-Sent Events",
    responses: { 200: { description: "an endless stream of `message` events" } },
  });
}

function filterOf(context: HttpContext): string {
  return context.req.query("subtopic")?.replaceAll(".", "/") ?? "#";
}

function liveStream(
  ground: HttpGround,
  options: {
    readonly channelId: string;
    readonly filter: string;
    readonly stillMay: () => boolean;
    readonly onEnd: () => void;
  },
): ReadableStream<Uint8Array> {
  const { channelId, filter } = options;
  const ends: (() => void)[] = [options.onEnd];
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    for (const each of ends) each();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const finish = (farewell: string) => {
        if (ended) return;
        controller.enqueue(encoder.encode(farewell));
        controller.close();
        end();
      };
      const deliver = (message: LiveMessage) => {
        if (ended) return;
        const frame = frameOf(message);
        if ((controller.desiredSize ?? 0) >= frame.length) controller.enqueue(frame);
        else if (message.qos > 0) finish("event: overflow\ndata: the reader is too slow\n\n");
      };
      const beat = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": alive\n\n"));
      }, HEARTBEAT_MS);
      ends.push(
        () => clearInterval(beat),
        ground.liveFeed.subscribe(channelId, { filter, maximumQos: 2, subscriber: { deliver } }),
        ground.access.onChange(() => {
          if (!options.stillMay()) finish("event: refused\ndata: access was taken away\n\n");
        }),
      );
      controller.enqueue(encoder.encode(": listening\n\n"));
    },
    cancel: end,
  }, { highWaterMark: STREAM_BYTES_MAX, size: (chunk) => chunk.length });
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
