import { decode as decodeCbor } from "cborg";
import { Buffer } from "node:buffer";
import { type ContentKind, isRejection, reject, type Rejection } from "../../actors/mod.ts";
import { NESTING_MAX, RECORDS_MAX } from "./limits.ts";
import { type Point, resolveSenml } from "./senml.ts";

/** What a payload says, for those that can be read. */
export type Reading =
  | { readonly kind: "points"; readonly points: readonly Point[] }
  /** JSON objects as they were sent. */
  | { readonly kind: "documents"; readonly documents: readonly object[] }
  /** Bytes that nobody said how to read. */
  | { readonly kind: "opaque" };

const OPAQUE: Reading = { kind: "opaque" };
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Labels of SenML CBOR and their JSON names [RFC8428 table 6]. */
const CBOR_LABELS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [-1, "bver"],
  [-2, "bn"],
  [-3, "bt"],
  [-4, "bu"],
  [-5, "bv"],
  [-6, "bs"],
  [0, "n"],
  [1, "u"],
  [2, "v"],
  [3, "vs"],
  [4, "vb"],
  [5, "s"],
  [6, "t"],
  [7, "ut"],
  [8, "vd"],
]);

/** Reads a payload; `receivedUs` is what relative times are relative to. Never throws. */
export function readPayload(
  payload: Uint8Array,
  { kind, receivedUs }: { readonly kind: ContentKind; readonly receivedUs: number },
): Reading | Rejection {
  switch (kind) {
    case "senml+json": {
      const parsed = parseJson(payload, "SenML");
      return isRejection(parsed) ? parsed : points(parsed.value, receivedUs);
    }
    case "senml+cbor": {
      const parsed = parseCbor(payload);
      return isRejection(parsed) ? parsed : points(parsed.value, receivedUs);
    }
    case "json": {
      const parsed = parseJson(payload, "JSON");
      return isRejection(parsed) ? parsed : documents(parsed.value);
    }
    case "opaque":
      return OPAQUE;
    case "unspecified":
      return recognised(payload, receivedUs);
  }
}

/** Why a payload would not be understood; undefined if it is fine. */
export function validatePayload(kind: ContentKind, payload: Uint8Array): Rejection | undefined {
  const reading = readPayload(payload, { kind, receivedUs: 0 });
  return isRejection(reading) ? reading : undefined;
}

/** MQTT 3.1.1 does not say what a payload is: what looks like SenML or JSON and is, is read so. */
function recognised(payload: Uint8Array, receivedUs: number): Reading {
  const first = payload[0];
  if (first === OPEN_BRACKET || first === OPEN_BRACE) {
    const parsed = parseJson(payload, "JSON");
    if (isRejection(parsed)) return OPAQUE;
    const pack = points(parsed.value, receivedUs);
    if (!isRejection(pack)) return pack;
    const objects = documents(parsed.value);
    return isRejection(objects) ? OPAQUE : objects;
  }
  if (first !== undefined && first >= CBOR_ARRAY && first <= CBOR_ARRAY_LAST) {
    const parsed = parseCbor(payload);
    if (isRejection(parsed)) return OPAQUE;
    const pack = points(parsed.value, receivedUs);
    return isRejection(pack) ? OPAQUE : pack;
  }
  return OPAQUE;
}

const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
/** Major type 4 of RFC 8949, any length. */
const CBOR_ARRAY = 0x80;
const CBOR_ARRAY_LAST = 0x9f;

interface Parsed {
  readonly value: unknown;
}

function parseJson(payload: Uint8Array, what: string): Parsed | Rejection {
  try {
    const text = decoder.decode(payload);
    const value: unknown = JSON.parse(text);
    return mayNestDeeply(text) ? checked(value, what) : { value };
  } catch (error) {
    return reject("invalid", `Cannot read ${what}: ${messageOf(error)}`, "payload");
  }
}

const TOO_DEEP = `it is nested deeper than ${NESTING_MAX} levels`;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Most payloads have so few brackets that their nesting needs no look, which costs as much as parsing. */
function mayNestDeeply(text: string): boolean {
  let openings = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === OPEN_BRACKET || code === OPEN_BRACE) && ++openings > NESTING_MAX) return true;
  }
  return false;
}

function parseCbor(payload: Uint8Array): Parsed | Rejection {
  let value: unknown;
  try {
    value = decodeCbor(payload, {
      useMaps: true,
      allowNaN: false,
      allowInfinity: false,
      allowUndefined: false,
      rejectDuplicateMapKeys: true,
      tags: { [DECIMAL_FRACTION_TAG]: (inner) => decimalFraction(inner()) },
    });
  } catch (error) {
    // The decoder recurses: only nesting exhausts its stack.
    const why = error instanceof RangeError ? TOO_DEEP : messageOf(error);
    return reject("invalid", `Cannot read SenML CBOR: ${why}`, "payload");
  }
  if (!Array.isArray(value)) return { value };
  return checked(
    value.map((record) => record instanceof Map ? named(record) : record),
    "SenML CBOR",
  );
}

/** [RFC8428 6]: SenML CBOR may write a number as a decimal fraction, tag 4 of RFC 8949. */
const DECIMAL_FRACTION_TAG = 4;

function decimalFraction(inner: unknown): unknown {
  const [exponent, mantissa] = Array.isArray(inner) ? inner as readonly unknown[] : [];
  const integers = Number.isSafeInteger(exponent) && Number.isSafeInteger(mantissa);
  // The reader of the record then says which of its fields is not a number.
  return integers ? Number(`${mantissa}e${exponent}`) : null;
}

function named(record: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [label, value] of record) {
    const name = CBOR_LABELS.get(label) ?? String(label);
    // Bytes elsewhere stay what they are, and are refused where a text is due.
    fields[name] = name === "vd" && value instanceof Uint8Array
      ? Buffer.from(value).toString("base64url")
      : value;
  }
  return fields;
}

function checked(value: unknown, what: string): Parsed | Rejection {
  const wrong = wrongInside(value, NESTING_MAX);
  if (wrong === undefined) return { value };
  return reject("invalid", `Cannot read ${what}: ${wrong}`, "payload");
}

/** Looks no deeper than the limit, so that no payload can exhaust the stack. */
function wrongInside(value: unknown, levels: number): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return "a number is not finite";
  if (typeof value !== "object" || value === null) return undefined;
  if (levels === 0) return TOO_DEEP;
  if (value instanceof Map) return wrongInside([...value.values()], levels);
  for (const key in value) {
    const wrong = wrongInside((value as Record<string, unknown>)[key], levels - 1);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function points(value: unknown, receivedUs: number): Reading | Rejection {
  const resolved = resolveSenml(value, receivedUs);
  return isRejection(resolved) ? resolved : { kind: "points", points: resolved };
}

function documents(value: unknown): Reading | Rejection {
  const objects: unknown[] = Array.isArray(value) ? value : [value];
  if (objects.length > RECORDS_MAX) {
    return reject(
      "invalid",
      `Cannot read JSON: it has ${objects.length} objects, at most ${RECORDS_MAX} are allowed`,
      "payload",
    );
  }
  const isObject = (each: unknown): each is object =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  // SenML's numbers are checked field by field; here any member may hold one like 1e999.
  const wrong = wrongInside(value, NESTING_MAX);
  if (wrong !== undefined) return reject("invalid", `Cannot read JSON: ${wrong}`, "payload");
  if (objects.every(isObject)) return { kind: "documents", documents: objects };
  return reject(
    "invalid",
    "Cannot read JSON: it must be an object or an array of objects",
    "payload",
  );
}
