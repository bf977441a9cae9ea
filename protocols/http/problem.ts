import type { Context } from "hono";
import {
  InvariantViolation,
  reject,
  type Rejection,
  type RejectionCode,
  StorageFull,
  TransientError,
} from "../../actors/mod.ts";

type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 503 | 507;

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
  429: "Too many requests",
  500: "Internal error",
  503: "Not available now",
  507: "Storage is full",
};

/** Thrown by steps of a request that cannot go on; `onError` answers it. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: ProblemStatus;
  readonly field: string | undefined;

  constructor(status: ProblemStatus, detail: string, field?: string) {
    super(detail);
    this.status = status;
    this.field = field;
  }
}

export function problemOf(rejection: Rejection): HttpProblem {
  return new HttpProblem(STATUS_OF[rejection.code], rejection.message, rejection.field);
}

/** RFC 9457, with Mainflux's `error` beside it. */
export function problemResponse(problem: HttpProblem): Response {
  const { status, message, field } = problem;
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (status === 503) headers["retry-after"] = "1";
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
  if (error instanceof StorageFull) {
    return problemResponse(problemOf(reject("storage_full", error.message)));
  }
  if (error instanceof TransientError) {
    return problemResponse(problemOf(reject("unavailable", error.message)));
  }
  const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  options.log(`${options.context.req.method} ${options.context.req.path}: ${text}`);
  const detail = error instanceof InvariantViolation
    ? error.message
    : "Cannot answer: something failed that should not, the log of the platform says more";
  return problemResponse(new HttpProblem(500, detail));
}
