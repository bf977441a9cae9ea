import { COMPARISONS, type SeriesQuestion } from "../time_series_store.ts";
import { dotted } from "./lines.ts";
import { tagOf } from "./texts.ts";

/** A condition in InfluxQL, and the values of its parameters, of which none stands in its text. */
export interface Conditions {
  readonly text: string;
  /** JSON of each parameter, by name. */
  readonly params: ReadonlyMap<string, string>;
}

/** Of one channel of one domain, and of everything else that names a series. */
export function seriesConditions(
  question: SeriesQuestion,
  more: { readonly format?: string } = {},
): Conditions {
  return conditions([
    ["domain", question.domainId],
    ["channel", question.channelId],
    ["subtopic", question.subtopic === undefined ? undefined : dotted(question.subtopic)],
    ["publisher", question.publisher],
    ["protocol", question.protocol],
    ["name", question.name],
    ["format", more.format],
  ]);
}

export function channelConditions(domainId: string, channelId: string): Conditions {
  return conditions([["domain", domainId], ["channel", channelId]]);
}

/** Keys are ours; a text becomes a parameter under its key. */
function conditions(wanted: readonly (readonly [string, string | undefined])[]): Conditions {
  const given = wanted.filter(([, text]) => text !== undefined);
  return {
    text: given.map(([key]) => `"${key}" = $${key}`).join(" AND "),
    params: new Map(given.map(([key, text]) => [key, JSON.stringify(tagOf(text!).tag)])),
  };
}

/** What a value must be; a point of another kind has no such field, and so is not found. */
export function withValues(series: Conditions, question: SeriesQuestion): Conditions {
  const parts = [series.text];
  const params = new Map(series.params);
  const { v, vs, vb, vd, comparator = "eq" } = question;
  const add = (field: string, json: string | undefined) => {
    if (json === undefined) return;
    const comparison = field === "value" ? COMPARISONS[comparator] : "=";
    parts.push(`"${field}" ${comparison} $${field}`);
    params.set(field, json);
  };
  add("value", v === undefined ? undefined : floatJson(v));
  add("stringValue", vs === undefined ? undefined : JSON.stringify(vs.toWellFormed()));
  add("boolValue", vb === undefined ? undefined : String(vb));
  add("dataValue", vd === undefined ? undefined : JSON.stringify(vd.toWellFormed()));
  return { text: parts.join(" AND "), params };
}

/** A number with a point in it: influxd takes others for integers of 64 bits, and refuses what is none. */
export function floatJson(value: number): string {
  const text = String(value);
  return text.includes(".") ? text : text.replace(/(?=e|$)/, ".0");
}

/** Nanoseconds from included, to excluded. */
export interface Window {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** All that a series time can be. */
const US_MAX = Number.MAX_SAFE_INTEGER;

export function windowOf(
  { fromUs = -US_MAX, toUs = US_MAX + 1 }: Pick<SeriesQuestion, "fromUs" | "toUs">,
): Window {
  const ns = (us: number) => BigInt(Math.max(-US_MAX, Math.min(us, US_MAX + 1))) * 1_000n;
  return { fromNs: ns(fromUs), toNs: ns(toUs) };
}

export function microsecond(us: number): Window {
  return { fromNs: BigInt(us) * 1_000n, toNs: (BigInt(us) + 1n) * 1_000n };
}

export function during({ text }: Conditions, { fromNs, toNs }: Window): string {
  return `${text} AND time >= ${fromNs} AND time < ${toNs}`;
}

export function paramsJson({ params }: Conditions): string {
  return `{${[...params].map(([key, json]) => `"${key}":${json}`).join(",")}}`;
}
