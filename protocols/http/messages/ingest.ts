import { z } from "@hono/zod-openapi";
import { contentKindOf, EVENT_BYTES_MAX, isUuid } from "../../../actors/mod.ts";
import { validatePayload } from "../../../projections/mod.ts";
import type { PublishRoute, Settlement } from "../../ingress/mod.ts";
import { thingCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { CONGESTION_WAIT_MS, CONTENT_TYPE_LENGTH_MAX } from "../limits.ts";
import { HttpProblem, problemOf } from "../problem.ts";
import { remoteAddressOf, uuidOf } from "../request.ts";
import type { HttpApp, HttpContext } from "../route.ts";
import { uuidSchema } from "../schemas.ts";
import { subtopicOf } from "./subtopic.ts";

/** A parameter is optional white space and a token of RFC 9110, section 8.3. */
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+*-]+\s*(;.*)?$/;
/** Room that a message needs in its batch beside its payload: head, tables, content type. */
const BATCH_OVERHEAD_BYTES = 4_096;
export const PAYLOAD_BYTES_MAX = EVENT_BYTES_MAX - BATCH_OVERHEAD_BYTES;

/**
 * `POST /channels/{id}/messages[/sub…]`, and under `/http/`: 202 only when the message is durable.
 * No schema machinery on this way: it is the busiest of all.
 */
export function registerIngest(app: HttpApp, ground: HttpGround): void {
  for (const prefix of ["", "/http"]) {
    for (const tail of ["", "/*"]) {
      app.post(
        `${prefix}/channels/:channelId/messages${tail}`,
        (context) => ingest(ground, context),
      );
    }
  }
  const subtopic = z.string().openapi({ description: "levels, with '/' between them" });
  for (const levels of [{}, { subtopic }]) {
    app.openAPIRegistry.registerPath({
      method: "post",
      path: ["/channels/{id}/messages", ...Object.keys(levels).map((name) => `{${name}}`)].join(
        "/",
      ),
      tags: ["messages"],
      request: { params: z.object({ id: uuidSchema, ...levels }) },
      summary: "Publishes a message; answered when it cannot be lost any more",
      description: "Authorization: Thing <key>, Client <key>, Basic with the key as password. " +
        "application/senml+json, application/senml+cbor, application/json, or any other type as bytes. " +
        "The same under /http/channels.",
      responses: { 202: { description: "durable; Millrace-Position says where" } },
    });
  }
}

async function ingest(ground: HttpGround, context: HttpContext): Promise<Response> {
  const { thing } = thingCaller(ground, context.req.header("authorization"));
  const channelId = uuidOf(context.req.param("channelId") ?? "", "channel id");
  if (!ground.access.mayPublish(thing.id, channelId)) {
    throw new HttpProblem(
      403,
      `Cannot publish: thing '${thing.id}' is not connected to channel '${channelId}'`,
    );
  }
  const contentType = context.req.header("content-type") ?? "";
  if (contentType.length > CONTENT_TYPE_LENGTH_MAX || !MEDIA_TYPE.test(contentType)) {
    throw new HttpProblem(
      415,
      `Cannot take a message of type '${contentType.slice(0, 64)}': a media type of at most ` +
        `${CONTENT_TYPE_LENGTH_MAX} characters is needed`,
      "Content-Type",
    );
  }
  const subtopic = subtopicOf(context.req.url);
  const payload = new Uint8Array(await context.req.arrayBuffer());
  if (payload.length > PAYLOAD_BYTES_MAX) {
    throw new HttpProblem(
      413,
      `Cannot take a message of ${payload.length} bytes: at most ${PAYLOAD_BYTES_MAX} are allowed`,
      "payload",
    );
  }
  const contentKind = contentKindOf(contentType);
  const refused = validatePayload(contentKind, payload);
  if (refused !== undefined) throw problemOf(refused);
  if (ground.ingress.congested) await roomInStore(ground);
  const requestId = context.get("requestId");
  const settlement = await published(ground, {
    route: ground.ingress.route(channelId, subtopic, {
      publisher: thing.id,
      protocol: "http",
      remoteAddress: remoteAddressOf(context),
      correlationId: isUuid(requestId) ? requestId : ground.newId(),
    }),
    payload,
    contentKind,
    contentType,
    traceparent: context.get("traceparent"),
  });
  if (settlement.rejection !== undefined) throw problemOf(settlement.rejection);
  // A mailbox that keeps messages itself has it before the log gives it a position.
  const { position } = settlement;
  const headers = position === 0 ? {} : { "Millrace-Position": String(position) };
  return new Response(null, { status: 202, headers });
}

function published(
  ground: HttpGround,
  message: {
    readonly route: PublishRoute;
    readonly payload: Uint8Array;
    readonly contentKind: ReturnType<typeof contentKindOf>;
    readonly contentType: string;
    readonly traceparent: string | undefined;
  },
): Promise<Settlement> {
  const { route, payload, contentKind, contentType, traceparent } = message;
  return new Promise((resolve) => {
    ground.ingress.publish(route, {
      qos: 1,
      retain: false,
      contentKind,
      contentType,
      traceparent,
      source: payload,
      start: 0,
      end: payload.length,
      waiter: { settle: resolve },
    });
  });
}

async function roomInStore(ground: HttpGround): Promise<void> {
  let cancel = () => {};
  const late = new Promise<"late">((resolve) => {
    cancel = ground.clock.schedule(CONGESTION_WAIT_MS, () => resolve("late"));
  });
  const first = await Promise.race([ground.ingress.drained(), late]);
  cancel();
  if (first === "late") {
    throw new HttpProblem(503, "Cannot take the message: the store is behind, try again");
  }
}
