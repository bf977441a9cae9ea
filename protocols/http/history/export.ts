import { z } from "@hono/zod-openapi";
import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { READ_LIMIT_MAX, type RecordedEvent, sessionStream } from "../../../actors/mod.ts";
import { userCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { uuidOf, waitedFor } from "../request.ts";
import type { HttpApp } from "../route.ts";
import { uuidSchema } from "../schemas.ts";
import { HISTORY_KINDS, mayReadHistory } from "./history.ts";

/** Events read at once while a bundle is written. */
const PAGE_EVENTS = Math.min(256, READ_LIMIT_MAX);

/** docs/history-export.md specifies the lines; cli/verify.ts checks them. */
export const EXPORT_FORMAT = "millrace-history/1";

/** `GET /{things,channels,users,domains}/{id}/history/export`: JSON lines, signed. */
export function registerExport(app: HttpApp, ground: HttpGround): void {
  for (const [plural, kind] of Object.entries(HISTORY_KINDS)) {
    app.get(`/${plural}/:id/history/export`, async (context) => {
      const caller = await userCaller(ground, context);
      const id = uuidOf(context.req.param("id"), "id");
      await waitedFor(ground, context, { projections: ["history"] });
      await mayReadHistory(ground, caller, { kind, id });
      const streams = kind === "thing" ? [`${kind}-${id}`, sessionStream(id)] : [`${kind}-${id}`];
      return new Response(bundle(ground, { kind, id, streams }), {
        headers: {
          "content-type": "application/jsonl",
          "content-disposition": `attachment; filename="${kind}-${id}.jsonl"`,
        },
      });
    });
    app.openAPIRegistry.registerPath({
      method: "get",
      path: `/${plural}/{id}/history/export`,
      tags: ["history"],
      request: { params: z.object({ id: uuidSchema }) },
      summary:
        `The whole history of the ${kind} as a signed bundle, checked offline by 'deno task verify'`,
      responses: { 200: { description: "JSON lines" } },
    });
  }
}

function bundle(
  ground: HttpGround,
  entity: { readonly kind: string; readonly id: string; readonly streams: readonly string[] },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const lines = bundleLines(ground, entity);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}

async function* bundleLines(
  ground: HttpGround,
  { kind, id, streams }: {
    readonly kind: string;
    readonly id: string;
    readonly streams: readonly string[];
  },
): AsyncGenerator<string, undefined> {
  const privateKey = createPrivateKey(ground.secrets.signingKeyPem);
  const publicKey = createPublicKey(ground.secrets.signingKeyPem)
    .export({ type: "spki", format: "der" }).toString("base64");
  const digest = createHash("sha256");
  const line = (value: unknown): string => {
    const text = `${JSON.stringify(value)}\n`;
    digest.update(text);
    return text;
  };
  const exportedAt = new Date(ground.clock.nowMs()).toISOString();
  yield line({ format: EXPORT_FORMAT, entity: { kind, id }, exportedAt, streams, publicKey });
  let count = 0;
  const heads: Record<string, { from: number; revision: number; hash: string }> = {};
  for (const stream of streams) {
    let fromRevision = 0;
    for (;;) {
      const events = await ground.events.readStream(stream, {
        fromRevision,
        limit: PAGE_EVENTS,
        stored: true,
      });
      for (const event of events) {
        yield line(exported(event));
        count++;
        const from = heads[stream]?.from ?? event.revision;
        heads[stream] = { from, revision: event.revision, hash: hex(event.hash) };
      }
      if (events.length < PAGE_EVENTS) break;
      fromRevision = events.at(-1)!.revision + 1;
    }
  }
  const closing = { count, heads };
  digest.update(JSON.stringify(closing));
  const signature = sign(null, digest.digest(), privateKey).toString("base64");
  yield `${JSON.stringify({ ...closing, signature })}\n`;
}

function exported(event: RecordedEvent): Record<string, unknown> {
  const { stream, revision, id, type, data, metadata, hash, position } = event;
  const body = data instanceof Uint8Array
    ? { bytes: Buffer.from(data).toString("base64") }
    : { data };
  return { stream, revision, position, id, type, ...body, metadata, hash: hex(hash) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
