import { createPatch, type Operation } from "rfc6902";
import type { JsonObject } from "../../actors/mod.ts";
import type { EntityKind } from "../entity/mod.ts";
import type { ReadModelFile } from "../read_model/mod.ts";
import { conditionsOf } from "./conditions.ts";

/** A place in the past: a position of the log, or an instant in milliseconds since the Unix epoch. */
export type At = { readonly position: number } | { readonly ms: number };

/** An entity as it is, or was. */
export interface DirectoryEntry {
  readonly kind: EntityKind;
  readonly id: string;
  readonly domainId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Principal of the newest change. */
  readonly updatedBy: string;
  /** Position of the newest change. */
  readonly position: number;
  /** Name, metadata, tags, status, ownerId, shares and what its kind adds; keys stay sealed. */
  readonly fields: JsonObject;
}

export interface DirectoryFilter {
  readonly domainId: string;
  /** Only what this user owns or shares; absent for those who see all. */
  readonly visibleTo?: string;
  /** Part of the name, letter case ignored. */
  readonly name?: string;
  /** Every member, at any depth, must be there with this value. */
  readonly metadata?: JsonObject;
  readonly tag?: string;
  readonly status?: "enabled" | "disabled";
  readonly ownerId?: string;
  readonly email?: string;
  /** Only channels of this thing, or things of this channel; `connected: false` means the others. */
  readonly connection?: {
    readonly thingId?: string;
    readonly channelId?: string;
    readonly connected: boolean;
  };
}

export interface DirectoryPage {
  readonly order: "id" | "name" | "created_at" | "updated_at";
  readonly direction: "asc" | "desc";
  readonly offset: number;
  /** 1..100. */
  readonly limit: number;
  readonly at?: At;
  /** Only what comes behind this place in the order: `key` is the value that is ordered by. */
  readonly after?: { readonly key: string | number; readonly id: string };
}

export interface DirectoryQueries {
  get(kind: EntityKind, id: string, at?: At): DirectoryEntry | undefined;
  list(
    kind: EntityKind,
    question: { readonly filter: DirectoryFilter; readonly page: DirectoryPage },
  ): { readonly total: number; readonly items: readonly DirectoryEntry[] };
  /** What the event at `position` changed in the description, as RFC 6902 operations; keys masked. */
  changesAt(kind: EntityKind, id: string, position: number): readonly Operation[];
  /** Names of users and things, for those ids that have one. */
  names(ids: readonly string[]): { readonly [id: string]: string };
}

/** Fields that are shown to nobody as a change. */
const MASKED = ["key", "personal", "emailHash"];

const ORDERS = {
  id: "id",
  name: "name",
  created_at: "created_ms",
  updated_at: "from_ms",
} as const;

export function directoryQueries(file: ReadModelFile): DirectoryQueries {
  return {
    get(kind, id, at) {
      const alive = aliveAt(at);
      const row = file.statement(
        `SELECT * FROM versions v WHERE kind = ? AND id = ? AND ${alive.sql} LIMIT 1`,
      ).get(kind, id, ...alive.values);
      return row === undefined ? undefined : entryOf(row);
    },
    list(kind, { filter, page }) {
      const alive = aliveAt(page.at);
      const wanted = conditionsOf(kind, filter, connectionAliveAt(page.at));
      const where =
        `FROM versions v WHERE v.domain_id = ? AND v.kind = ? AND ${alive.sql}${wanted.sql}`;
      const values = [filter.domainId, kind, ...alive.values, ...wanted.values];
      const total = file.statement(`SELECT count(*) AS total ${where}`).get(...values)![
        "total"
      ] as number;
      const direction = page.direction === "asc" ? "ASC" : "DESC";
      const order = ORDERS[page.order];
      const behind = page.after === undefined ? { sql: "", values: [] } : {
        sql: ` AND (${order}, id) ${page.direction === "asc" ? ">" : "<"} (?, ?)`,
        values: [page.after.key, page.after.id],
      };
      const rows = file.statement(
        `SELECT * ${where}${behind.sql} ORDER BY ${order} ${direction}, id ${direction} LIMIT ? OFFSET ?`,
      ).all(...values, ...behind.values, page.limit, page.offset);
      return { total, items: rows.map(entryOf) };
    },
    changesAt(kind, id, position) {
      const version = file.statement(
        "SELECT fields FROM versions WHERE kind = ? AND id = ? AND from_position = ?",
      ).get(kind, id, position);
      const previous = file.statement(
        "SELECT fields FROM versions WHERE kind = ? AND id = ? AND to_position = ?",
      ).get(kind, id, position);
      if (version === undefined && previous === undefined) return [];
      return createPatch(maskedFields(previous), maskedFields(version));
    },
    names(ids) {
      const names: Record<string, string> = {};
      for (const id of ids) {
        const row = file.statement(
          `SELECT name, fields ->> '$.email' AS email FROM versions
           WHERE kind IN ('user', 'thing') AND id = ? ORDER BY from_position DESC LIMIT 1`,
        ).get(id);
        const name = row?.["name"] || row?.["email"];
        if (typeof name === "string") names[id] = name;
      }
      return names;
    },
  };
}

function maskedFields(row: Record<string, unknown> | undefined): JsonObject {
  if (row === undefined) return {};
  const fields = JSON.parse(row["fields"] as string) as JsonObject;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !MASKED.includes(name)));
}

interface Condition {
  readonly sql: string;
  readonly values: readonly number[];
}

function aliveAt(at: At | undefined): Condition {
  return alive("v", at);
}

function connectionAliveAt(at: At | undefined): Condition {
  return alive("c", at);
}

/** Half-open: a version holds at its first instant, and no more at that of the next one. */
function alive(table: string, at: At | undefined): Condition {
  if (at === undefined) return { sql: `${table}.to_position IS NULL`, values: [] };
  const [unit, value] = "position" in at ? ["position", at.position] : ["ms", at.ms];
  return {
    sql: `${table}.from_${unit} <= ? AND (${table}.to_${unit} IS NULL OR ${table}.to_${unit} > ?)`,
    values: [value, value],
  };
}

function entryOf(row: Record<string, unknown>): DirectoryEntry {
  return {
    kind: row["kind"] as EntityKind,
    id: row["id"] as string,
    domainId: row["domain_id"] as string,
    createdMs: row["created_ms"] as number,
    updatedMs: row["from_ms"] as number,
    updatedBy: row["updated_by"] as string,
    position: row["from_position"] as number,
    fields: JSON.parse(row["fields"] as string) as JsonObject,
  };
}
