import type { HttpApp, HttpContext } from "./route.ts";
import { HttpProblem } from "./problem.ts";

/** 405 with the methods that there are (RFC 9110, section 15.5.6), or 404. */
export function unknownRoute(app: HttpApp, context: HttpContext): HttpProblem {
  const { method, path } = context.req;
  const allowed = new Set<string>();
  for (const route of app.routes) {
    if (route.method !== "ALL" && patternOf(route.path).test(path)) allowed.add(route.method);
  }
  if (allowed.size === 0) {
    return new HttpProblem(
      404,
      `Cannot find ${method} ${path}: /openapi.json lists what there is`,
    );
  }
  const allow = [...allowed].sort().join(", ");
  return new HttpProblem(405, `Cannot ${method} ${path}: ${allow} is allowed here`, {
    headers: { allow },
  });
}

function patternOf(path: string): RegExp {
  const levels = path.split("/").map((level) => {
    if (level === "*") return ".*";
    if (level.startsWith(":")) return "[^/]+";
    return level.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${levels.join("/")}$`);
}
