import { z } from "@hono/zod-openapi";
import { domainKind } from "../../../actors/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import { entryOf, shown } from "../entities.ts";
import type { HttpGround } from "../ground.ts";
import { executed } from "../managed.ts";
import { HttpProblem } from "../problem.ts";
import { commandContext, written } from "../request.ts";
import { type HttpApp, type HttpContext, onUser } from "../route.ts";
import { atQuerySchema, domainSchema } from "../schemas.ts";

export function registerDomains(app: HttpApp, ground: HttpGround): void {
  onUser(
    { app, ground },
    {
      method: "get",
      path: "/domains/{id}",
      summary: "Shows the caller's domain, as it is or was",
      query: atQuerySchema,
      status: 200,
      answer: domainSchema,
    },
    (context, { params, query, caller }) =>
      showing(ground, context, { id: params["id"]!, caller, at: query.at }),
  );
  onUser({ app, ground }, {
    method: "put",
    path: "/domains/{id}/session-expiry",
    summary: "Limits how long MQTT sessions of the domain outlive their connection, for admins",
    body: z.object({
      seconds_max: z.number().nullable().openapi({
        description: "null: as long as the platform allows; holds for what is granted from now on",
      }),
    }),
    status: 200,
    answer: domainSchema,
  }, async (context, { params, body, caller }) => {
    const id = ownId(params["id"]!, caller);
    const { seconds_max: seconds } = body;
    const { position } = await executed(ground, domainKind, {
      id,
      command: {
        type: "LimitDomainSessionExpiry",
        by: caller.authority,
        ...(seconds === null ? {} : { seconds }),
      },
      context: commandContext(ground, context, { principal: caller.principal }),
    });
    await written(ground, context, { position });
    return await showing(ground, context, { id, caller });
  });
}

function ownId(id: string, { domainId }: UserCaller): string {
  if (id === domainId) return id;
  throw new HttpProblem(404, `Cannot find domain '${id}': it does not exist`);
}

async function showing(
  ground: HttpGround,
  context: HttpContext,
  { id, caller, at }: {
    readonly id: string;
    readonly caller: UserCaller;
    readonly at?: string | undefined;
  },
): Promise<Response> {
  const { domainId } = caller;
  const entry = await entryOf(ground, context, {
    kind: "domain",
    id: ownId(id, caller),
    domainId,
    at,
  });
  const { owner: _, owner_id: __, domain_id: ___, ...described } = shown(entry);
  const secondsMax = entry.fields["sessionExpirySecondsMax"] ?? null;
  return context.json({ ...described, session_expiry_seconds_max: secondsMax });
}
