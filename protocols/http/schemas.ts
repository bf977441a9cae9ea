import { z } from "@hono/zod-openapi";
import {
  isUuid,
  type JsonObject,
  METADATA_BYTES_MAX,
  NAME_LENGTH_MAX,
  POLICIES,
  type Profile,
  TAG_LENGTH_MAX,
  TAGS_MAX,
} from "../../actors/mod.ts";
import { OFFSET_MAX, PAGE_LIMIT, PAGE_LIMIT_MAX } from "./limits.ts";

export const uuidSchema = z.string().refine(isUuid, "a UUID in lower case is needed")
  .openapi({ format: "uuid" });

/** Whatever JSON.parse gave: its depth and size are the core's to check, without recursion here. */
export const metadataSchema = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "a JSON object is needed",
).openapi({ type: "object", description: `at most ${METADATA_BYTES_MAX} bytes of JSON` });

export const tagsSchema = z.array(z.string().max(TAG_LENGTH_MAX)).max(TAGS_MAX);

/** What people say about an entity; the core checks the limits once more. */
export const profileShape = {
  name: z.string().max(NAME_LENGTH_MAX).optional(),
  metadata: metadataSchema.nullish(),
  tags: tagsSchema.nullish(),
};
export const profileSchema = z.object(profileShape);

export function profileOf(body: z.infer<typeof profileSchema>): Profile {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.metadata === undefined || body.metadata === null ? {} : { metadata: body.metadata }),
    ...(body.tags === undefined || body.tags === null ? {} : { tags: body.tags }),
  };
}

/** A whole number as a query writes it: digits, and nothing that Number would take beside them. */
export const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z.string().regex(/^-?\d+$/, "a whole number is needed").transform(Number)
    .pipe(z.number().min(least).max(most))
    .openapi({ type: "integer", minimum: least, maximum: most });

/** Query keys of every list. */
export const listQueryShape = {
  offset: wholeNumber(0, OFFSET_MAX).optional().openapi({
    description: `beyond ${OFFSET_MAX} use cursor`,
  }),
  cursor: z.string().max(4_096).optional().openapi({
    description: "next_cursor of the page before, with the same filters and order",
  }),
  limit: wholeNumber(1, PAGE_LIMIT_MAX).optional().openapi({ default: PAGE_LIMIT }),
  order: z.enum(["id", "name", "created_at", "updated_at"]).optional(),
  dir: z.enum(["asc", "desc"]).optional(),
  name: z.string().max(NAME_LENGTH_MAX).optional(),
  metadata: z.string().max(METADATA_BYTES_MAX).optional().openapi({
    description: "a JSON object; every member must be there with this value",
  }),
  tag: z.string().max(TAG_LENGTH_MAX).optional(),
  tags: z.string().max(TAG_LENGTH_MAX).optional(),
  status: z.enum(["enabled", "disabled", "all"]).optional(),
  owner_id: uuidSchema.optional(),
  at: z.string().optional().openapi({
    description: "the answer as of this instant (RFC 3339) or position",
  }),
};
export const listQuerySchema = z.object(listQueryShape);
export type ListQuery = z.infer<typeof listQuerySchema>;

/** The same questions in a body, where numbers and metadata need not be text. */
export const searchSchema = z.object({
  ...listQueryShape,
  offset: z.number().int().min(0).max(OFFSET_MAX).optional(),
  limit: z.number().int().min(1).max(PAGE_LIMIT_MAX).optional(),
  metadata: metadataSchema.optional(),
});

export const connectedQuerySchema = z.object({
  ...listQueryShape,
  connected: z.enum(["true", "false"]).optional(),
});

export const atQuerySchema = z.object({ at: listQueryShape.at });

export const policySchema = z.enum(POLICIES);

const userShape = {
  id: uuidSchema,
  name: z.string(),
  domain_id: uuidSchema,
  tags: z.array(z.string()),
  metadata: metadataSchema,
  status: z.enum(["enabled", "disabled"]),
  created_at: z.string(),
  updated_at: z.string(),
  updated_by: z.string(),
};
export const userSchema = z.object({
  ...userShape,
  email: z.string(),
  credentials: z.object({ identity: z.string() }),
  role: z.enum(["admin", "user"]),
}).openapi("User");

const { domain_id: _, ...domainShape } = userShape;
export const domainSchema = z.object({
  ...domainShape,
  session_expiry_seconds_max: z.number().nullable(),
}).openapi("Domain");

const ownedShape = { ...userShape, owner: uuidSchema, owner_id: uuidSchema };
export const channelSchema = z.object({ ...ownedShape, parent_id: uuidSchema.optional() })
  .openapi("Channel");
export const thingSchema = z.object({
  ...ownedShape,
  key: z.string().optional().openapi({ description: "for the owner and those who may write" }),
  credentials: z.object({ identity: z.string().optional(), secret: z.string().optional() }),
}).openapi("Thing");

export function pageSchema(plural: string, item: z.ZodType): z.ZodType {
  return z.object({
    total: z.number().int(),
    offset: z.number().int(),
    limit: z.number().int(),
    order: z.string(),
    direction: z.string(),
    next_cursor: z.string().optional(),
    [plural]: z.array(item),
  });
}
