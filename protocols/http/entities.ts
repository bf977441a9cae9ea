import type { DirectoryEntry, EntityKind } from "../../projections/mod.ts";
import type { HttpGround } from "./ground.ts";
import { HttpProblem } from "./problem.ts";
import { atOf, waitedFor } from "./request.ts";
import type { HttpContext } from "./route.ts";

/** What all entities show; keys and personal data are added by those who may. */
export function shown(entry: DirectoryEntry): Record<string, unknown> {
  const { fields } = entry;
  return {
    id: entry.id,
    name: fields["name"] ?? "",
    domain_id: entry.domainId,
    owner: fields["ownerId"],
    owner_id: fields["ownerId"],
    tags: fields["tags"] ?? [],
    metadata: fields["metadata"] ?? {},
    status: fields["status"],
    created_at: new Date(entry.createdMs).toISOString(),
    updated_at: new Date(entry.updatedMs).toISOString(),
    updated_by: entry.updatedBy,
    ...(fields["parentId"] === undefined ? {} : { parent_id: fields["parentId"] }),
  };
}

/** An entity of the domain, as it is or was; throws 404. */
export async function entryOf(
  ground: HttpGround,
  context: HttpContext,
  asked: {
    readonly kind: EntityKind;
    readonly id: string;
    readonly domainId: string;
    readonly at?: string | undefined;
  },
): Promise<DirectoryEntry> {
  await waitedFor(ground, context, { projections: ["directory"] });
  const at = atOf(asked.at);
  const { kind, id } = asked;
  const entry = at === undefined
    ? await ground.readModels.directory.get(kind, id)
    : await ground.readModels.directory.get(kind, id, at);
  if (entry !== undefined && entry.domainId === asked.domainId) return entry;
  const when = asked.at === undefined ? "" : ` as of '${asked.at}'`;
  throw new HttpProblem(404, `Cannot find ${kind} '${id}'${when}: it does not exist`);
}
