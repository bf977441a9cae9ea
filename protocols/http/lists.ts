import { Buffer } from "node:buffer";
import type { JsonObject } from "../../actors/mod.ts";
import type {
  DirectoryEntry,
  DirectoryFilter,
  DirectoryPage,
  EntityKind,
} from "../../projections/mod.ts";
import type { UserCaller } from "./auth/mod.ts";
import type { HttpGround } from "./ground.ts";
import { PAGE_LIMIT } from "./limits.ts";
import { HttpProblem } from "./problem.ts";
import { atOf, waitedFor } from "./request.ts";
import type { HttpContext } from "./route.ts";
import type { ListQuery } from "./schemas.ts";

const PLURALS = { thing: "things", channel: "channels", user: "users", domain: "domains" } as const;

/** A question about a list; `metadata` is text in a query and an object in a body. */
export type ListQuestion = Omit<ListQuery, "metadata"> & {
  readonly metadata?: string | JsonObject | undefined;
};

/** One page in Mainflux's shape. */
export async function listPage(
  ground: HttpGround,
  context: HttpContext,
  question: {
    readonly kind: EntityKind;
    readonly caller: UserCaller;
    readonly query: ListQuestion;
    readonly filter?: Pick<DirectoryFilter, "connection" | "email">;
    readonly show: (entry: DirectoryEntry) => Record<string, unknown>;
  },
): Promise<Response> {
  await waitedFor(ground, context, { projections: ["directory"] });
  const { kind, caller, query } = question;
  const page = pageOf(query);
  const { total, items } = await ground.readModels.directory.list(kind, {
    filter: {
      domainId: caller.domainId,
      ...(caller.authority.role === "user" ? { visibleTo: caller.authority.userId } : {}),
      ...filterOf(query),
      ...question.filter,
    },
    page,
  });
  const last = items.at(-1);
  return context.json({
    total,
    offset: page.offset,
    limit: page.limit,
    order: page.order,
    direction: page.direction,
    ...(last === undefined || items.length < page.limit
      ? {}
      : { next_cursor: cursorOf(page.order, last) }),
    [PLURALS[kind]]: items.map(question.show),
  });
}

function pageOf(query: ListQuestion): DirectoryPage {
  const at = atOf(query.at);
  if (query.cursor !== undefined && query.offset !== undefined) {
    throw new HttpProblem(400, "Cannot take both cursor and offset: one is enough", "cursor");
  }
  return {
    order: query.order ?? "created_at",
    direction: query.dir ?? "asc",
    offset: query.offset ?? 0,
    limit: query.limit ?? PAGE_LIMIT,
    ...(at === undefined ? {} : { at }),
    ...(query.cursor === undefined ? {} : { after: afterOf(query.cursor) }),
  };
}

/** Opaque to clients: the place of a page's last entry in the order asked for. */
function cursorOf(order: DirectoryPage["order"], entry: DirectoryEntry): string {
  const key = {
    id: entry.id,
    name: String(entry.fields["name"] ?? ""),
    created_at: entry.createdMs,
    updated_at: entry.updatedMs,
  }[order];
  return Buffer.from(JSON.stringify([key, entry.id])).toString("base64url");
}

function afterOf(cursor: string): NonNullable<DirectoryPage["after"]> {
  try {
    const [key, id] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if ((typeof key === "string" || typeof key === "number") && typeof id === "string") {
      return { key, id };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new HttpProblem(
    400,
    `Cannot read cursor '${cursor.slice(0, 64)}': next_cursor of a page before is needed`,
    "cursor",
  );
}

function filterOf(query: ListQuestion): Partial<DirectoryFilter> {
  const tag = query.tag ?? query.tags;
  return {
    ...(query.name === undefined ? {} : { name: query.name }),
    ...(query.metadata === undefined ? {} : { metadata: metadataOf(query.metadata) }),
    ...(tag === undefined ? {} : { tag }),
    ...(query.status === undefined || query.status === "all" ? {} : { status: query.status }),
    ...(query.owner_id === undefined ? {} : { ownerId: query.owner_id }),
  };
}

function metadataOf(asked: string | JsonObject): JsonObject {
  const text = typeof asked === "string" ? asked : JSON.stringify(asked);
  // The directory names members by SQLite's JSON paths, in which a quote cannot stand.
  const refused = (what: string) =>
    new HttpProblem(400, `Cannot read metadata '${text.slice(0, 64)}': ${what}`, "metadata");
  try {
    const value: unknown = JSON.parse(text, (key, inner) => {
      if (key.includes('"')) throw refused("a member's name with a quote cannot be asked for");
      return inner;
    });
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as JsonObject;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
  }
  throw refused("a JSON object is needed");
}
