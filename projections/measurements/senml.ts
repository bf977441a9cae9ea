import { reject, type Rejection } from "../../actors/mod.ts";
import { RECORDS_MAX, RELATIVE_TIME_BELOW_SECONDS, SENML_VERSION } from "./limits.ts";

export type PointValue =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** Base64url, as SenML JSON writes binary values. */
  | { readonly kind: "data"; readonly value: string }
  /** Only a sum was sent. */
  | { readonly kind: "none" };

/** One resolved SenML record [RFC8428 4.6]. */
export interface Point {
  /** Place in its pack. */
  readonly record: number;
  readonly name: string;
  readonly unit: string;
  /** Microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** Seconds; 0 if absent. */
  readonly updateTime: number;
  readonly value: PointValue;
  readonly sum?: number;
}

/** Labels of a record, by their JSON names [RFC8428 table 4]. */
export type SenmlRecord = Readonly<Record<string, unknown>>;

/** What the base fields so far stand for, in the records that follow. */
interface Standing {
  name: string;
  time: number;
  unit: string;
  value: number;
  /** Absent means that no record has a sum unless it brings one. */
  sum: number | undefined;
}

/** Fields that stand for later records too, and their types. */
const BASE_TYPES: readonly (readonly [string, "number" | "string"])[] = [
  ["bn", "string"],
  ["bt", "number"],
  ["bu", "string"],
  ["bv", "number"],
  ["bs", "number"],
  ["bver", "number"],
];
const RECORD_TYPES: readonly (readonly [string, "number" | "string" | "boolean"])[] = [
  ["n", "string"],
  ["u", "string"],
  ["v", "number"],
  ["vs", "string"],
  ["vb", "boolean"],
  ["vd", "string"],
  ["s", "number"],
  ["t", "number"],
  ["ut", "number"],
];
const VALUE_FIELDS = ["v", "vs", "vb", "vd"] as const;

/** [RFC8428 4.5.1] */
const NAME_PATTERN = /^[A-Za-z0-9][-A-Za-z0-9:./_]*$/;

/** Resolves a pack; `receivedUs` is what relative times are relative to. */
export function resolveSenml(pack: unknown, receivedUs: number): readonly Point[] | Rejection {
  if (!Array.isArray(pack)) return refuse("", "it must be an array of records");
  if (pack.length === 0) return refuse("", "it has no record");
  if (pack.length > RECORDS_MAX) {
    return refuse("", `it has ${pack.length} records, at most ${RECORDS_MAX} are allowed`);
  }
  const base: Standing = { name: "", time: 0, unit: "", value: 0, sum: undefined };
  const points: Point[] = [];
  for (let index = 0; index < pack.length; index++) {
    const record: unknown = pack[index];
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      return refuse(`[${index}]`, "it must be an object");
    }
    const fields = record as SenmlRecord;
    const refused = wrongFields(fields, index) ?? adopt(base, { fields, index });
    if (refused !== undefined) return refused;
    const point = resolved(fields, base, { index, receivedUs });
    if (point === undefined) continue;
    if ("rejected" in point) return point;
    points.push(point);
  }
  return points;
}

function wrongFields(fields: SenmlRecord, index: number): Rejection | undefined {
  for (const field in fields) {
    // [RFC8428 4.4]: a label that ends in an underscore must be understood, or the pack refused.
    if (field.endsWith("_")) {
      return refuse(`[${index}].${field}`, "it must be understood and is not");
    }
  }
  return wrongTypes(fields, { types: RECORD_TYPES, index });
}

function wrongTypes(
  fields: SenmlRecord,
  { types, index }: {
    readonly types: readonly (readonly [string, string])[];
    readonly index: number;
  },
): Rejection | undefined {
  for (const [field, type] of types) {
    const value = fields[field];
    if (value === undefined) continue;
    // deno-lint-ignore valid-typeof -- the table above holds only names that typeof gives
    if (typeof value !== type) return refuse(`[${index}].${field}`, `it must be a ${type}`);
    if (type === "number" && !Number.isFinite(value)) {
      return refuse(`[${index}].${field}`, "it must be a finite number");
    }
  }
  return undefined;
}

function adopt(
  base: Standing,
  { fields, index }: { readonly fields: SenmlRecord; readonly index: number },
): Rejection | undefined {
  const refused = wrongTypes(fields, { types: BASE_TYPES, index });
  if (refused !== undefined) return refused;
  const version = fields["bver"];
  if (typeof version === "number" && version > SENML_VERSION) {
    return refuse(`[${index}].bver`, `it is ${version}, known is ${SENML_VERSION}`);
  }
  base.name = fields["bn"] as string | undefined ?? base.name;
  base.time = fields["bt"] as number | undefined ?? base.time;
  base.unit = fields["bu"] as string | undefined ?? base.unit;
  base.value = fields["bv"] as number | undefined ?? base.value;
  base.sum = fields["bs"] as number | undefined ?? base.sum;
  return undefined;
}

function resolved(
  fields: SenmlRecord,
  base: Standing,
  { index, receivedUs }: { readonly index: number; readonly receivedUs: number },
): Point | Rejection | undefined {
  let value: PointValue = { kind: "none" };
  let values = 0;
  for (const field of VALUE_FIELDS) {
    if (fields[field] === undefined) continue;
    values++;
    value = valueOf(field, fields[field], base);
  }
  if (values > 1) return refuse(`[${index}]`, "it has more than one of v, vs, vb and vd");
  const ownSum = fields["s"] as number | undefined;
  if (values === 0 && ownSum === undefined) {
    // A record of base fields alone says nothing itself; any other must say something.
    if (holdsForOthers(fields)) return undefined;
    return refuse(`[${index}]`, "it has neither a value nor a sum");
  }
  const name = base.name + (fields["n"] as string | undefined ?? "");
  if (!NAME_PATTERN.test(name)) {
    return refuse(
      `[${index}].n`,
      `the name '${name.slice(0, 64)}' is empty or has other characters than RFC 8428 allows`,
    );
  }
  const seconds = base.time + (fields["t"] as number | undefined ?? 0);
  const timeUs = Math.round(seconds * 1e6) +
    (seconds < RELATIVE_TIME_BELOW_SECONDS ? receivedUs : 0);
  // [RFC8428 4.4]: of a sum and a base sum, the missing one is zero; without both there is none.
  const sum = ownSum === undefined && base.sum === undefined
    ? undefined
    : (ownSum ?? 0) + (base.sum ?? 0);
  const wrong = beyondRange({ timeUs, value, sum });
  if (wrong !== undefined) return refuse(`[${index}].${wrong}`, "with its base it is out of range");
  return {
    record: index,
    name,
    unit: fields["u"] as string | undefined ?? base.unit,
    timeUs,
    updateTime: fields["ut"] as number | undefined ?? 0,
    value,
    ...(sum === undefined ? {} : { sum }),
  };
}

function holdsForOthers(fields: SenmlRecord): boolean {
  return fields["n"] === undefined && fields["t"] === undefined &&
    BASE_TYPES.some(([base]) => fields[base] !== undefined);
}

/** The field whose sum with its base field no store could hold, though both were fine alone. */
function beyondRange(
  { timeUs, value, sum }: {
    readonly timeUs: number;
    readonly value: PointValue;
    readonly sum: number | undefined;
  },
): "t" | "v" | "s" | undefined {
  if (!Number.isSafeInteger(timeUs)) return "t";
  if (value.kind === "number" && !Number.isFinite(value.value)) return "v";
  return sum === undefined || Number.isFinite(sum) ? undefined : "s";
}

function valueOf(field: typeof VALUE_FIELDS[number], value: unknown, base: Standing): PointValue {
  switch (field) {
    case "v":
      return { kind: "number", value: value as number + base.value };
    case "vs":
      return { kind: "text", value: value as string };
    case "vb":
      return { kind: "boolean", value: value as boolean };
    case "vd":
      return { kind: "data", value: value as string };
  }
}

function refuse(field: string, what: string): Rejection {
  const place = field === "" ? "" : ` at '${field}'`;
  return reject("invalid", `Cannot read SenML${place}: ${what}`, `payload${field}`);
}
