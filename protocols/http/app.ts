import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import type { HttpGround } from "./ground.ts";
import { BODY_BYTES_MAX } from "./limits.ts";
import { unknownRoute } from "./methods.ts";
import { answerError, HttpProblem, problemResponse, schemaProblem } from "./problem.ts";
import type { HttpApp, HttpEnv, RouteGroup } from "./route.ts";
import { observing } from "./observing.ts";

/** What a client may name its request: it is echoed, and stands in every event that it causes. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** What the one HTTP port serves. */
export function httpApp(ground: HttpGround, groups: readonly RouteGroup[]): HttpApp {
  const app: HttpApp = new OpenAPIHono<HttpEnv>({
    defaultHook(result) {
      if (result.success) return;
      // The validator hands the refused input on, although its type does not say so.
      const { data: input } = result as unknown as { readonly data: unknown };
      return problemResponse(schemaProblem(result.error, { target: result.target, input }));
    },
  });
  app.onError((error, context) =>
    answerError(error, {
      context,
      log: (text) => ground.logger.error("request failed", { error: text }),
    })
  );
  app.notFound((context) => problemResponse(unknownRoute(app, context)));
  app.use(observing(ground));
  app.use(async (context, next) => {
    const asked = context.req.header("x-request-id");
    const id = asked !== undefined && REQUEST_ID.test(asked) ? asked : ground.newId();
    context.set("requestId", id);
    context.header("X-Request-Id", id);
    await next();
    // Answers that did not come from the context lack it; one that switches protocols stays as it is.
    const { status, headers } = context.res;
    if (status !== 101 && !headers.has("x-request-id")) context.header("X-Request-Id", id);
  });
  app.use(bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: () =>
      problemResponse(
        new HttpProblem(
          413,
          `Cannot accept the body: at most ${BODY_BYTES_MAX} bytes are allowed`,
          "body",
        ),
      ),
  }));
  for (const register of groups) register(app, ground);
  document(app, ground);
  return app;
}

function document(app: HttpApp, ground: HttpGround): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Millrace", version: ground.version },
  });
}
