import type { JsonObject } from "../event_store/mod.ts";
import { reject, type Rejection } from "../errors.ts";

/** Characters (UTF-16 units); Mainflux's own limit. */
export const NAME_LENGTH_MAX = 1_024;
/** UTF-8 bytes of the JSON text: metadata describes a device, it is not a store. */
export const METADATA_BYTES_MAX = 16 * 1_024;
/** Deeper nesting is never a description, and recursion over it must be bounded. */
export const METADATA_DEPTH_MAX = 32;
export const TAGS_MAX = 64;
export const TAG_LENGTH_MAX = 256;

/** What people say about an entity; absent fields stay as they are in an update. */
export interface Profile {
  readonly name?: string;
  readonly metadata?: JsonObject;
  readonly tags?: readonly string[];
}

export function checkProfile(profile: Profile): Rejection | undefined {
  const { name, metadata, tags } = profile;
  if (name !== undefined && name.length > NAME_LENGTH_MAX) {
    return reject(
      "invalid",
      `Cannot accept name of ${name.length} characters: at most ${NAME_LENGTH_MAX} are allowed`,
      "name",
    );
  }
  if (metadata !== undefined) {
    const refused = checkMetadata(metadata);
    if (refused !== undefined) return refused;
  }
  if (tags === undefined) return undefined;
  if (tags.length > TAGS_MAX) {
    return reject(
      "invalid",
      `Cannot accept ${tags.length} tags: at most ${TAGS_MAX} are allowed`,
      "tags",
    );
  }
  const long = tags.find((tag) => tag.length > TAG_LENGTH_MAX);
  if (long === undefined) return undefined;
  return reject(
    "invalid",
    `Cannot accept tag of ${long.length} characters: at most ${TAG_LENGTH_MAX} are allowed`,
    "tags",
  );
}

function checkMetadata(metadata: JsonObject): Rejection | undefined {
  const wrong = wrongInside(metadata, METADATA_DEPTH_MAX);
  if (wrong !== undefined) {
    return reject("invalid", `Cannot accept metadata: ${wrong}`, "metadata");
  }
  const bytes = new TextEncoder().encode(JSON.stringify(metadata)).length;
  if (bytes <= METADATA_BYTES_MAX) return undefined;
  return reject(
    "invalid",
    `Cannot accept metadata of ${bytes} bytes: at most ${METADATA_BYTES_MAX} are allowed`,
    "metadata",
  );
}

/** JSON that says 1e999 is read as infinite, which no event can hold. Looks no deeper than `levels`. */
function wrongInside(value: unknown, levels: number): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return "a number in it is not finite";
  if (typeof value !== "object" || value === null) return undefined;
  if (levels === 0) return `it is nested deeper than ${METADATA_DEPTH_MAX} levels`;
  for (const inner of Object.values(value)) {
    const wrong = wrongInside(inner, levels - 1);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Only the fields that are there, as an event's data holds them. */
export function profileData(profile: Profile): JsonObject {
  return {
    ...(profile.name === undefined ? {} : { name: profile.name }),
    ...(profile.metadata === undefined ? {} : { metadata: profile.metadata }),
    ...(profile.tags === undefined ? {} : { tags: [...profile.tags] }),
  };
}
