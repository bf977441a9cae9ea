import type { JsonValue } from "../../actors/mod.ts";
import type { EntityKind } from "../entity/mod.ts";
import type { DirectoryFilter } from "./questions.ts";

type SqlValue = string | number;

interface Conditions {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What a filter adds to `WHERE` over `versions v`; every text travels as a bound value. */
export function conditionsOf(
  kind: EntityKind,
  filter: DirectoryFilter,
  connectionAlive: { readonly sql: string; readonly values: readonly number[] },
): Conditions {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  const add = (sql: string, ...bound: readonly SqlValue[]) => {
    parts.push(sql);
    values.push(...bound);
  };
  if (filter.visibleTo !== undefined) {
    add(
      "(v.owner_id = ? OR EXISTS (SELECT 1 FROM json_each(v.fields, '$.shares') WHERE key = ?))",
      filter.visibleTo,
      filter.visibleTo,
    );
  }
  if (filter.ownerId !== undefined) add("v.owner_id = ?", filter.ownerId);
  if (filter.status !== undefined) add("v.status = ?", filter.status);
  if (filter.name !== undefined) add("instr(folded(v.name), ?) > 0", folded(filter.name));
  if (filter.email !== undefined) add("v.fields ->> '$.email' = ?", filter.email);
  if (filter.tag !== undefined) {
    add("EXISTS (SELECT 1 FROM json_each(v.fields, '$.tags') WHERE value = ?)", filter.tag);
  }
  for (const [path, value] of leavesOf(filter.metadata ?? {}, "$.metadata")) {
    add("json_type(v.fields, ?) " + typeOf(value), path);
    // The type alone says which boolean it is, and an empty object asks for nothing inside.
    if (Array.isArray(value)) add("json(v.fields -> ?) = json(?)", path, JSON.stringify(value));
    else if (typeof value === "string" || typeof value === "number") {
      add("json_extract(v.fields, ?) = ?", path, value);
    }
  }
  const connection = filter.connection;
  if (connection !== undefined) {
    const [mine, other] = kind === "thing"
      ? ["thing_id", "channel_id"]
      : ["channel_id", "thing_id"];
    const otherId = kind === "thing" ? connection.channelId : connection.thingId;
    add(
      `v.id ${connection.connected ? "IN" : "NOT IN"} (SELECT c.${mine} FROM connections c
         WHERE c.domain_id = v.domain_id AND c.${other} = ? AND ${connectionAlive.sql})`,
      otherId ?? "",
      ...connectionAlive.values,
    );
  }
  return { sql: parts.map((part) => ` AND ${part}`).join(""), values };
}

/** Names that differ in letter case alone are the same in this form, in every alphabet. */
export function folded(text: string): string {
  return text.toLowerCase();
}

/** Without it 1 would be found as true, since SQLite has no booleans. */
function typeOf(value: JsonValue): string {
  if (value === null) return "= 'null'";
  if (Array.isArray(value)) return "= 'array'";
  switch (typeof value) {
    case "boolean":
      return value ? "= 'true'" : "= 'false'";
    case "number":
      return "IN ('integer', 'real')";
    case "string":
      return "= 'text'";
    default:
      return "= 'object'";
  }
}

/** The members of a JSON object that are no objects with members themselves, by their SQLite path. */
function leavesOf(
  value: { readonly [key: string]: JsonValue },
  path: string,
): readonly (readonly [string, JsonValue])[] {
  return Object.entries(value).flatMap(
    ([key, inner]): readonly (readonly [string, JsonValue])[] => {
      // SQLite reads a label as JSON does, so quotes and backslashes in it stay what they are.
      const here = `${path}.${JSON.stringify(key)}`;
      const nested = typeof inner === "object" && inner !== null && !Array.isArray(inner) &&
        Object.keys(inner).length > 0;
      return nested
        ? leavesOf(inner as { readonly [key: string]: JsonValue }, here)
        : [[here, inner]];
    },
  );
}
