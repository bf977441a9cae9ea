import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import {
  InvariantViolation,
  reject,
  type Rejection,
  type RejectionCode,
  StorageFull,
  TransientError,
  withoutSecrets,
} from "../../actors/mod.ts";

type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 426 | 429 | 500 | 503 | 507;

const STATUS_OF: Readonly<Record<RejectionCode, ProblemStatus>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unavailable: 503,
  storage_full: 507,
};

const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  426: "Another protocol is needed",
  429: "Too many requests",
  500: "Internal error",
  503: "Not available now",
  507: "Storage is full",
};

/** Characters of a refused value that an answer repeats. */
const SHOWN_LENGTH_MAX = 64;

/** Fields whose values no answer repeats. */
const SECRET = /password|secret|key|token/i;

/** A word for why a request was refused; a closed list, like the titles. */
export function refusalWord(status: number): string {
  const title = status in TITLES ? TITLES[status as ProblemStatus] : "Other";
  return title.toLowerCase().replaceAll(" ", "_");
}

/** Thrown by steps of a request that cannot go on; `onError` answers it. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: ProblemStatus;
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** `more` is the field to blame, or that and headers of the answer. */
  constructor(
    status: ProblemStatus,
    detail: string,
    more: string | { readonly headers: Readonly<Record<string, string>> } = { headers: {} },
  ) {
    super(detail);
    this.status = status;
    this.field = typeof more === "string" ? more : undefined;
    this.headers = typeof more === "string" ? {} : more.headers;
  }
}

/** What a schema found wrong first: the field, its value and what would be right. */
export function schemaProblem(
  error: z.ZodError,
  given: { readonly target: string; readonly input: unknown },
): HttpProblem {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const message = issue?.message ?? "it does not fit";
  if (path.length === 0) {
    const whole = given.target === "json" ? "the body" : `the ${given.target}`;
    return new HttpProblem(400, `Cannot accept ${whole}: ${message}`);
  }
  let value = given.input;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
  const field = path.join(".");
  const showable = typeof value === "string" || typeof value === "number";
  const shownValue = showable && !SECRET.test(field)
    ? ` '${String(value).slice(0, SHOWN_LENGTH_MAX)}'`
    : "";
  return new HttpProblem(400, `Cannot accept ${field}${shownValue}: ${message}`, field);
}

export function problemOf(rejection: Rejection): HttpProblem {
  return new HttpProblem(STATUS_OF[rejection.code], rejection.message, rejection.field);
}

/** RFC 9457, with Mainflux's `error` beside it. */
export function problemResponse(problem: HttpProblem): Response {
  const { status, message, field } = problem;
  const headers: Record<string, string> = {
    ...problem.headers,
    "content-type": "application/problem+json",
  };
  if (status === 503) headers["retry-after"] = "1";
  if (status === 429) headers["retry-after"] = "60";
  if (status === 401) headers["www-authenticate"] = "Bearer, Thing, Basic";
  return new Response(
    JSON.stringify({
      type: "about:blank",
      title: TITLES[status],
      status,
      detail: message,
      error: message,
      ...(field === undefined ? {} : { field }),
    }),
    { status, headers },
  );
}

/** Answers whatever a handler threw; what nobody expected is logged and not shown. */
export function answerError(
  error: unknown,
  options: { readonly context: Context; readonly log: (text: string) => void },
): Response {
  if (error instanceof HttpProblem) return problemResponse(error);
  if (error instanceof HTTPException && error.status in TITLES) {
    return problemResponse(new HttpProblem(error.status as ProblemStatus, error.message));
  }
  if (error instanceof StorageFull) {
    return problemResponse(problemOf(reject("storage_full", withoutSecrets(error.message))));
  }
  if (error instanceof TransientError) {
    return problemResponse(problemOf(reject("unavailable", withoutSecrets(error.message))));
  }
  const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  options.log(`${options.context.req.method} ${options.context.req.path}: ${text}`);
  const detail = error instanceof InvariantViolation
    ? withoutSecrets(error.message)
    : "Cannot answer: something failed that should not, the log of the platform says more";
  return problemResponse(new HttpProblem(500, detail));
}
