import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { isSampled, TRACEPARENT } from "../../actors/mod.ts";
import type { HttpGround } from "./ground.ts";
import type { HttpContext, HttpEnv } from "./route.ts";

/** In place of the pattern of a request that no route takes. */
export const NO_ROUTE = "none";
const FIRST_FAILURE = 500;

/** Counts each request by the pattern of its route, and traces those that ask for it. */
export function observing({ counters, tracing }: HttpGround): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const startedMs = performance.now();
    const { method } = context.req;
    const route = routeOf(context);
    const parent = tracing && context.req.header(TRACEPARENT);
    const span = isSampled(parent)
      ? tracing?.start(`${method} ${route}`, {
        kind: "server",
        parent,
        attributes: { "http.request.method": method, "http.route": route },
      })
      : undefined;
    // Who asked not to be sampled is not sampled by chance either.
    context.set("traceparent", span?.traceparent ?? parent);
    await next();
    const { status } = context.res;
    counters.request({ method, route }, {
      status,
      seconds: (performance.now() - startedMs) / 1_000,
    });
    if (span === undefined) return;
    span.set({
      "http.response.status_code": status,
      "millrace.correlation_id": context.get("requestId"),
    });
    span.end(status >= FIRST_FAILURE ? `answered ${status}` : undefined);
  };
}

/** Of the routes that match the first answers; the middleware before it are for all methods. */
function routeOf(context: HttpContext): string {
  return matchedRoutes(context).find(({ method }) => method !== "ALL")?.path ?? NO_ROUTE;
}
