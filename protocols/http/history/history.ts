import { z } from "@hono/zod-openapi";
import { Buffer } from "node:buffer";
import type { JsonObject, JsonValue, RecordedEvent } from "../../../actors/mod.ts";
import type { DirectoryEntry, EntityKind, HistoryLine } from "../../../projections/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { PAGE_LIMIT, PAGE_LIMIT_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { instantMs, waitedFor } from "../request.ts";
import { type HttpApp, onUser } from "../route.ts";
import { wholeNumber } from "../schemas.ts";

/** Members of an event's data that no answer shows. */
const SECRET = new Set(["key", "sealed", "hash", "passwordHash", "emailHash", "personal"]);

export const HISTORY_KINDS = {
  things: "thing",
  channels: "channel",
  users: "user",
  domains: "domain",
} as const;

const querySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  type: z.string().max(64).optional(),
  principal: z.string().max(64).optional(),
  limit: wholeNumber(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT),
  cursor: z.string().regex(/^\d{1,15}$/, "cursor must come from nextCursor").optional(),
  dir: z.enum(["asc", "desc"]).default("desc"),
});
type HistoryQuery = z.infer<typeof querySchema>;

/** `GET /{things,channels,users,domains}/{id}/history`. */
export function registerEntityHistory(app: HttpApp, ground: HttpGround): void {
  for (const [plural, kind] of Object.entries(HISTORY_KINDS)) {
    onUser({ app, ground }, {
      method: "get",
      path: `/${plural}/{id}/history`,
      summary: `What happened to the ${kind}: by whom, from where, why, and what it changed`,
      query: querySchema,
      status: 200,
      answer: z.object({
        events: z.array(z.record(z.string(), z.unknown())),
        total: z.number(),
        nextCursor: z.string().optional(),
      }),
    }, async (context, { params, query, caller }) => {
      await waitedFor(ground, context, { projections: ["history", "directory"] });
      const entity = { kind, id: params["id"]! };
      await mayReadHistory(ground, caller, entity);
      return context.json(
        await historyPage(ground, { ...entity, query, domainId: caller.domainId }),
      );
    });
  }
}

/** Removed things keep their history: for the owner that they had last, and administrators. */
export async function mayReadHistory(
  ground: HttpGround,
  caller: UserCaller,
  { kind, id }: { readonly kind: EntityKind; readonly id: string },
): Promise<void> {
  const page = await ground.readModels.history.lines({
    domainId: caller.domainId,
    kind,
    id,
    direction: "desc",
    limit: 1,
  });
  const newest = page.lines[0];
  if (newest === undefined) {
    throw new HttpProblem(404, `Cannot find ${kind} '${id}': it never existed`);
  }
  if (caller.authority.role !== "user" || (kind === "user" && id === caller.authority.userId)) {
    return;
  }
  const entry = await ground.readModels.directory.get(kind, id) ??
    await lastEntryOf(ground, caller, { kind, id });
  const shares = (entry?.fields["shares"] ?? {}) as { readonly [id: string]: readonly string[] };
  const may = entry?.fields["ownerId"] === caller.authority.userId ||
    shares[caller.authority.userId]?.includes("read") === true;
  if (!may) throw new HttpProblem(403, `Cannot read the history of ${kind} '${id}': not entitled`);
}

/** As it was before its removal, which need not be the newest line: sessions and connections end later. */
async function lastEntryOf(
  ground: HttpGround,
  { domainId }: UserCaller,
  { kind, id }: { readonly kind: EntityKind; readonly id: string },
): Promise<DirectoryEntry | undefined> {
  const type = REMOVALS[kind];
  if (type === undefined) return undefined;
  const { lines: [removal] } = await ground.readModels.history.lines({
    domainId,
    kind,
    id,
    type,
    direction: "desc",
    limit: 1,
  });
  if (removal === undefined) return undefined;
  return await ground.readModels.directory.get(kind, id, { position: removal.position - 1 });
}

const REMOVALS: Partial<Readonly<Record<EntityKind, string>>> = {
  thing: "ThingRemoved",
  channel: "ChannelRemoved",
};

async function historyPage(
  ground: HttpGround,
  question: {
    readonly kind: EntityKind;
    readonly id: string;
    readonly domainId: string;
    readonly query: HistoryQuery;
  },
): Promise<Record<string, unknown>> {
  const { kind, id, domainId, query } = question;
  const { total, lines } = await ground.readModels.history.lines({
    domainId,
    kind,
    id,
    ...(query.from === undefined ? {} : { fromMs: instantMs(query.from, "from") }),
    ...(query.to === undefined ? {} : { toMs: instantMs(query.to, "to") }),
    ...(query.type === undefined ? {} : { type: query.type }),
    ...(query.principal === undefined ? {} : { principalId: query.principal }),
    ...(query.cursor === undefined ? {} : { beyond: Number(query.cursor) }),
    direction: query.dir,
    limit: query.limit,
  });
  const names = await ground.readModels.directory.names([
    ...new Set(lines.map(({ principalId }) => principalId)),
  ]);
  const events = await Promise.all(
    lines.map((line) => shownLine(ground, { line, kind, id, name: names[line.principalId] })),
  );
  const last = lines.at(-1);
  return {
    events,
    total,
    ...(lines.length === query.limit && last !== undefined
      ? { nextCursor: String(last.position) }
      : {}),
  };
}

async function shownLine(
  ground: HttpGround,
  { line, kind, id, name }: {
    readonly line: HistoryLine;
    readonly kind: EntityKind;
    readonly id: string;
    readonly name: string | undefined;
  },
): Promise<Record<string, unknown>> {
  const [event] = await ground.events.readStream(line.stream, {
    fromRevision: line.revision,
    limit: 1,
  });
  const base = { position: line.position, revision: line.revision, type: line.type };
  // Bounded streams forget their oldest events; that they were is still known.
  if (event === undefined || event.revision !== line.revision) {
    return { ...base, at: new Date(line.atMs).toISOString(), forgotten: true };
  }
  return {
    ...base,
    ...shownEvent(event, name),
    changes: await ground.readModels.directory.changesAt(kind, { id, position: line.position }),
  };
}

function shownEvent(event: RecordedEvent, name: string | undefined): Record<string, unknown> {
  const { metadata } = event;
  return {
    id: event.id,
    stream: event.stream,
    at: new Date(metadata.recordedAtMs).toISOString(),
    principal: { ...metadata.principal, ...(name === undefined ? {} : { name }) },
    via: { edge: metadata.edge, address: metadata.remoteAddress },
    correlationId: metadata.correlationId,
    causationId: metadata.causationId,
    data: event.data instanceof Uint8Array ? {} : masked(event.data),
    hash: Buffer.from(event.hash).toString("hex"),
  };
}

/** Metadata is what people said, in words of their own: nothing in it is the platform's secret. */
function masked(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: JsonValue) => masked(each));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, inner]) => [
      name,
      SECRET.has(name) ? "(sealed)" : name === "metadata" ? inner : masked(inner),
    ]),
  );
}
