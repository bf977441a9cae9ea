import { createPatch } from "rfc6902";
import type { JsonObject } from "../../actors/mod.ts";
import type { EntityKind } from "../entity/mod.ts";
import type { ReadModelFile } from "../read_model/mod.ts";
import { conditionsOf, folded } from "./conditions.ts";
import type { At, DirectoryEntry, DirectoryQueries } from "./questions.ts";

/** Fields that are shown to nobody as a change. */
const MASKED = ["key", "personal", "emailHash"];

const ORDERS = {
  id: "id",
  name: "name",
  created_at: "created_ms",
  updated_at: "from_ms",
} as const;

export function directoryQueries(file: ReadModelFile): DirectoryQueries {
  // SQLite's own LIKE knows the letter case of ASCII alone.
  file.database.function("folded", { deterministic: true }, (text) => folded(String(text)));
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
    changesAt(kind, { id, position }) {
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
