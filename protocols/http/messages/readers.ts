import { z } from "@hono/zod-openapi";
import { NAME_LENGTH_MAX } from "../../../actors/mod.ts";
import type { SeriesQuestion } from "../../../projections/mod.ts";
import type { HttpGround } from "../ground.ts";
import { MESSAGES_LIMIT_MAX, OFFSET_MAX, PAGE_LIMIT } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { waitedFor } from "../request.ts";
import { type HttpApp, type HttpContext, onAnybody } from "../route.ts";
import { uuidSchema, wholeNumber } from "../schemas.ts";
import { channelReader } from "./entitled.ts";

const number = (name: string) =>
  z.string().regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/, `${name} must be a number`).transform(Number)
    .refine(Number.isFinite, `${name} must be a finite number`);

const INTERVAL_UNITS: Readonly<Record<string, number>> = {
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
};

/** Mainflux's keys (readers/api/transport.go), with `aggregation`, `interval`, `order` and `dir`. */
const querySchema = z.object({
  offset: wholeNumber(0, OFFSET_MAX).default(0),
  limit: wholeNumber(1, MESSAGES_LIMIT_MAX).default(PAGE_LIMIT),
  format: z.string().default("messages"),
  subtopic: z.string().optional(),
  publisher: uuidSchema.optional(),
  protocol: z.string().optional(),
  name: z.string().max(NAME_LENGTH_MAX).optional(),
  v: number("v").optional(),
  comparator: z.enum(["eq", "lt", "le", "gt", "ge"]).optional(),
  vs: z.string().optional(),
  vb: z.enum(["true", "false"]).transform((text) => text === "true").optional(),
  vd: z.string().optional(),
  from: number("from").optional(),
  to: number("to").optional(),
  order: z.enum(["time"]).optional(),
  dir: z.enum(["asc", "desc"]).default("desc"),
  aggregation: z.string().transform((text) => text.toUpperCase()).pipe(
    z.enum(["MAX", "MIN", "AVG", "SUM", "COUNT"]),
  ).optional(),
  interval: z.string().regex(/^[1-9]\d{0,6}[smhd]$/, "interval must be like '10h'").optional(),
});
type ReaderQuery = z.infer<typeof querySchema>;

/** `GET /channels/{id}/messages`. */
export function registerReaders(app: HttpApp, ground: HttpGround): void {
  onAnybody(app, {
    method: "get",
    path: "/channels/{id}/messages",
    summary: "Reads what was measured: SenML records, or JSON messages by format",
    query: querySchema,
    status: 200,
    answer: z.object({ total: z.number(), messages: z.array(z.record(z.string(), z.unknown())) }),
  }, (context, { params, query }) => read(ground, context, { channelId: params["id"]!, query }));
}

async function read(
  ground: HttpGround,
  context: HttpContext,
  { channelId, query }: { readonly channelId: string; readonly query: ReaderQuery },
): Promise<Response> {
  const { domainId } = await channelReader(ground, context, { channelId });
  await waitedFor(ground, context, { projections: ["measurements"] });
  const question = questionOf(query, { domainId, channelId });
  const { measurements } = ground.readModels;
  const page = query.format !== "messages"
    ? await measurements.documents(question, query.format)
    : query.aggregation === undefined
    ? await measurements.messages(question)
    : await measurements.aggregates(question, {
      aggregation: query.aggregation,
      intervalUs: intervalUs(query.interval),
    });
  const { offset, limit, format, dir: _, ...asked } = query;
  return context.json({
    offset,
    limit,
    format,
    ...asked,
    total: page.total,
    messages: page.rows,
  });
}

function intervalUs(interval: string | undefined): number {
  if (interval === undefined) {
    throw new HttpProblem(400, "Cannot aggregate: interval is missing, like '10h'", "interval");
  }
  return Number(interval.slice(0, -1)) * INTERVAL_UNITS[interval.slice(-1)]!;
}

function questionOf(
  query: ReaderQuery,
  channel: { readonly domainId: string; readonly channelId: string },
): SeriesQuestion {
  const { subtopic, publisher, protocol, name, v, comparator, vs, vb, vd, from, to } = query;
  return {
    ...channel,
    ...(subtopic === undefined ? {} : { subtopic }),
    ...(publisher === undefined ? {} : { publisher }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(name === undefined ? {} : { name }),
    ...(v === undefined ? {} : { v }),
    ...(comparator === undefined ? {} : { comparator }),
    ...(vs === undefined ? {} : { vs }),
    ...(vb === undefined ? {} : { vb }),
    ...(vd === undefined ? {} : { vd }),
    ...(from === undefined ? {} : { fromUs: Math.round(from * 1e6) }),
    ...(to === undefined ? {} : { toUs: Math.round(to * 1e6) }),
    direction: query.dir,
    offset: query.offset,
    limit: query.limit,
  };
}
