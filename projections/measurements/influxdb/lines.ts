import { escape } from "@influxdata/influxdb-client";
import { type MeasuredMessage, measurementsProjection } from "../measurements.ts";
import type { Point, PointValue } from "../senml.ts";
import type { Identity } from "./identities.ts";
import { PART_LENGTH_MAX } from "./limits.ts";
import { type Tag, tagOf } from "./texts.ts";

/*
 * How points lie in InfluxDB. Measurement and tags name a series, by which its records are numbered:
 * whoever changes them raises the projection's version, or a repeat doubles what is there.
 */

/** Of another version of the projection other points: they lie beside one another. */
const named = (what: string) => `millrace_${what}_${measurementsProjection.version}`;
export const POINTS = named("points");
export const DOCUMENTS = named("documents");
export const UNREADABLE = named("unreadable");

/** Digits of a safe integer in base 36, of the messages of a batch, and of a message's records. */
const POSITION_DIGITS = 11;
const INDEX_DIGITS = 5;
const RECORD_DIGITS = 4;

/** Where a record stands in the log, so that texts compare as the places do. */
export function placeOf({ position, index }: MeasuredMessage, record: number): string {
  const digits = (number: number, length: number) => number.toString(36).padStart(length, "0");
  return `${digits(position, POSITION_DIGITS)}.${digits(index, INDEX_DIGITS)}.${
    digits(record, RECORD_DIGITS)
  }`;
}

/** Measurement and tags as a line begins with them, which is what names a series. */
export interface SeriesHead {
  readonly head: string;
  /** Texts of which the tags hold only hashes. */
  readonly long: readonly Required<Tag>[];
}

export function pointSeries(message: MeasuredMessage, point: Point): SeriesHead {
  return headOf(POINTS, {
    ...originTags(message),
    name: point.name,
    unit: point.unit,
  });
}

export function documentSeries(message: MeasuredMessage): SeriesHead {
  const format = message.subtopic.slice(message.subtopic.lastIndexOf("/") + 1);
  return headOf(DOCUMENTS, { ...originTags(message), format });
}

export function unreadableSeries({ domainId, channelId }: MeasuredMessage): SeriesHead {
  return headOf(UNREADABLE, { channel: channelId, domain: domainId });
}

/** Readers show and ask subtopics with dots; the path tells those apart that have dots of their own. */
function originTags(message: MeasuredMessage): Readonly<Record<string, string>> {
  const { subtopic } = message;
  return {
    channel: message.channelId,
    domain: message.domainId,
    publisher: message.publisher,
    protocol: message.protocol,
    subtopic: dotted(subtopic),
    path: subtopic.includes(".") ? subtopic : "",
  };
}

export function dotted(subtopic: string): string {
  return subtopic.replaceAll("/", ".");
}

function headOf(measurement: string, tags: Readonly<Record<string, string>>): SeriesHead {
  let head = measurement;
  const long: Required<Tag>[] = [];
  for (const [key, text] of Object.entries(tags)) {
    // A tag without a value is no line protocol: its absence says the same.
    if (text === "") continue;
    const tag = tagOf(text);
    head += `,${key}=${escape.tag(tag.tag)}`;
    if (tag.long !== undefined) long.push({ tag: tag.tag, long: tag.long });
  }
  return { head, long };
}

/** One line: series, fields, time. */
export function lineOf(
  head: string,
  fields: string,
  { timeNs, more }: Identity,
): string {
  return `${head}${more === 0 ? "" : `,more=${more}`} ${fields} ${timeNs}`;
}

export function pointFields({ value, sum, updateTime }: Point, place: string): string {
  return `place="${place}"${valueField(value)}${sum === undefined ? "" : `,sum=${sum}`}${
    updateTime === 0 ? "" : `,updateTime=${updateTime}`
  }`;
}

function valueField(value: PointValue): string {
  switch (value.kind) {
    case "number":
      return `,value=${value.value}`;
    case "text":
      return `,stringValue=${escape.quoted(value.value)}`;
    case "boolean":
      return `,boolValue=${value.value}`;
    case "data":
      return `,dataValue=${escape.quoted(value.value)}`;
    case "none":
      return "";
  }
}

/** Name of a part of a document. */
export function partField(part: number): string {
  return part === 0 ? "payload" : `payload${part}`;
}

export function documentFields(document: object, place: string): string {
  const parts = partsOf(JSON.stringify(document));
  return `place="${place}"${
    parts.map((part, i) => `,${partField(i)}=${escape.quoted(part)}`).join("")
  }`;
}

export function unreadableFields(place: string): string {
  return `place="${place}"`;
}

/** A field has an end; a character of two units is not cut in two. */
export function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + PART_LENGTH_MAX);
    if (end < text.length && isLeadSurrogate(text.charCodeAt(end - 1))) end--;
    parts.push(text.slice(at, end));
    at = end;
  }
  return parts;
}

function isLeadSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
