import type { Context, Next } from "hono";
import { HttpProblem } from "./problem.ts";

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** A half of a surrogate pair, as JSON.stringify writes it; a backslash before it means plain text. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** With this V8 quotes what stands around the mistake, which may be a password. */
const QUOTED = /, (?:\.\.\.)?"[^]*$/;

/** Refuses what is not JSON, saying where, before a schema sees it. */
export async function jsonBody(context: Context, next: Next): Promise<void> {
  const type = context.req.header("content-type");
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new HttpProblem(
      415,
      `Cannot read a body of type '${(type ?? "").slice(0, 64)}': 'application/json' is needed`,
      "Content-Type",
    );
  }
  const text = await context.req.text();
  try {
    const value: unknown = JSON.parse(text);
    // Text that is not Unicode has no canonical form, and the hash of an event needs one.
    if (/\\u[dD]/.test(text) && LONE_SURROGATE.test(JSON.stringify(value))) {
      throw new SyntaxError("a string holds half of a surrogate pair");
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new HttpProblem(400, `Cannot read the body: ${reasonOf(error)}, JSON is needed`, "body");
  }
  await next();
}

function reasonOf(error: Error): string {
  if (error instanceof RangeError) return "it is nested too deeply";
  const reason = error.message.replace(QUOTED, "");
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
