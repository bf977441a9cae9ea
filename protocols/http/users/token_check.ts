import { z } from "@hono/zod-openapi";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import { type HttpApp, onUser } from "../route.ts";

/** Only the administrators' pages of an operator are guarded so far. */
const querySchema = z.object({
  role: z.enum(["admin"]).optional().openapi({
    description: "who does not have this role is refused with 403",
  }),
});

/**
 * `GET /auth/check`: a proxy asks it about every request to something that knows no users of its own
 * (nginx's `auth_request`), and goes on at 204. It asks the index in memory alone.
 */
export function registerTokenCheck(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: "/auth/check",
    summary: "Tells a proxy whose token it is: Millrace-User, Millrace-Domain and Millrace-Role",
    query: querySchema,
    status: 204,
  }, (context, { query, caller }) => {
    const { userId, role } = caller.authority;
    if (query.role !== undefined && role !== query.role) {
      throw new HttpProblem(403, `Cannot let user '${userId}' in: role '${query.role}' is needed`);
    }
    context.header("Cache-Control", "no-store");
    context.header("Millrace-User", userId);
    context.header("Millrace-Domain", caller.domainId);
    context.header("Millrace-Role", role);
    return context.body(null, 204);
  });
}
