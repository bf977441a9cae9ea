import { createHash } from "node:crypto";
import { TAG_BYTES_MAX } from "./limits.ts";

/**
 * Texts as tags. A tag cannot hold line ends, ends badly with a backslash, and influxd may be set to
 * refuse what is not printable: such characters are percent-encoded, and so is the percent sign.
 */
const UNFIT = /[%\\\ufffd]|\p{C}|(?! )\p{Z}/gu;

/** What begins so is no text but the hash of a long one; no encoded text can. */
const HASHED = "%-";

export interface Tag {
  readonly tag: string;
  /** The text, if the tag is only its hash: whoever reads the tag must look it up. */
  readonly long?: string;
}

export function tagOf(text: string): Tag {
  // A lone surrogate has no bytes: it becomes U+FFFD here as it does in a file.
  const formed = text.toWellFormed();
  const tag = formed.replace(UNFIT, (character) => encodeURIComponent(character));
  if (tag.length <= TAG_BYTES_MAX / 3 || new TextEncoder().encode(tag).length <= TAG_BYTES_MAX) {
    return { tag };
  }
  return { tag: HASHED + createHash("sha256").update(formed).digest("hex"), long: formed };
}

/** The text behind a tag; `longTexts` answers for hashed ones. */
export function textOf(tag: string, longTexts: (tag: string) => string | undefined): string {
  if (tag.startsWith(HASHED)) return longTexts(tag) ?? tag;
  return tag.includes("%") ? decodeURIComponent(tag) : tag;
}
