import type { ProjectionStatus } from "../../../projections/mod.ts";
import { userCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { HttpProblem } from "../problem.ts";
import type { HttpApp } from "../route.ts";
import { docsPage } from "./docs_page.ts";

/** `/health`, `/ready`, `/metrics`, `/projections` and `/docs`. */
export function registerOperations(app: HttpApp, ground: HttpGround): void {
  app.get("/health", () =>
    new Response(
      JSON.stringify({
        status: "pass",
        version: ground.version,
        commit: "",
        description: "millrace",
        build_time: "",
      }),
      { headers: { "content-type": "application/health+json" } },
    ));
  app.get("/ready", async (context) => {
    const projections = await ground.readModels.status();
    const red = projections.find(({ state }) => state === "red");
    const { ready, reason } = ground.ready();
    const why = reason ?? (red === undefined ? undefined : `projection '${red.name}' ${red.error}`);
    const ok = ready && red === undefined;
    return context.json(
      {
        ready: ok,
        ...(why === undefined ? {} : { reason: why }),
        projections,
        engines: enginesOf(projections),
      },
      ok ? 200 : 503,
    );
  });
  app.get("/metrics", async () =>
    new Response(await ground.metrics(), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    }));
  app.get("/projections", async (context) => {
    const caller = await userCaller(ground, context);
    if (caller.authority.role !== "admin") {
      throw new HttpProblem(403, "Cannot show the projections: only an administrator may");
    }
    return context.json({ projections: await ground.readModels.status() });
  });
  app.get("/docs", async (context) => {
    const answer = await app.request("/openapi.json");
    return context.html(docsPage(await answer.json()));
  });
  for (const [path, summary] of Object.entries(DOCUMENTED)) {
    app.openAPIRegistry.registerPath({
      method: "get",
      path,
      tags: ["operations"],
      summary,
      responses: { 200: { description: "done" } },
    });
  }
}

/** One that is away does not make the node unready: all else goes on, and its projection catches up. */
function enginesOf(projections: readonly ProjectionStatus[]): readonly unknown[] {
  return projections.filter(({ engine }) => engine !== undefined)
    .map(({ engine, lag }) => ({ ...engine, lag }));
}

const DOCUMENTED = {
  "/health": "Whether the process lives",
  "/ready": "Whether it can do its work, and how far each projection is",
  "/metrics": "Counters in Prometheus' text format",
  "/projections": "How far each projection is, for administrators",
  "/docs": "This reference",
};
