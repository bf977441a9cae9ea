import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { type UserCaller, userCaller } from "./auth/mod.ts";
import { jsonBody } from "./body.ts";
import type { HttpGround } from "./ground.ts";
import type { PeerBindings } from "./request.ts";
import { uuidSchema } from "./schemas.ts";

export type HttpEnv = {
  Bindings: PeerBindings;
  Variables: {
    requestId: string;
    caller: UserCaller;
    /** To go on from; absent where the client sent none, or nothing is traced. */
    traceparent: string | undefined;
  };
};
export type HttpApp = OpenAPIHono<HttpEnv>;
export type HttpContext = Context<HttpEnv>;

/** Registers the routes of one folder. */
export type RouteGroup = (app: HttpApp, ground: HttpGround) => void;

/** One route: what it takes and gives stands here once, for validation, types and documentation. */
export interface RouteSpec<Q, B> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** `{name}` for a parameter: each is a UUID unless `params` says what it is. */
  readonly path: string;
  readonly params?: Readonly<Record<string, z.ZodType<string>>>;
  readonly summary: string;
  readonly query?: z.ZodObject & z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly status: 200 | 201 | 202 | 204;
  /** Absent where the answer has no body. */
  readonly answer?: z.ZodType;
}

export interface Input<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
}

export type UserInput<Q, B> = Input<Q, B> & { readonly caller: UserCaller };

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  error: z.string(),
  field: z.string().optional(),
}).openapi("Problem");

/** A route that checks by itself who calls, or that anybody may call. */
export function onAnybody<Q = undefined, B = undefined>(
  app: HttpApp,
  spec: RouteSpec<Q, B>,
  handler: (context: HttpContext, input: Input<Q, B>) => Response | Promise<Response>,
): void {
  register(app, { spec, before: [], security: [], handler });
}

/** A route for users: the token is checked before anything else is looked at. */
export function onUser<Q = undefined, B = undefined>(
  { app, ground }: { readonly app: HttpApp; readonly ground: HttpGround },
  spec: RouteSpec<Q, B>,
  handler: (context: HttpContext, input: UserInput<Q, B>) => Response | Promise<Response>,
): void {
  const authenticate: MiddlewareHandler<HttpEnv> = async (context, next) => {
    context.set("caller", await userCaller(ground, context));
    await next();
  };
  register(app, {
    spec,
    before: [authenticate],
    security: [{ bearer: [] }],
    handler: (context, input) => handler(context, { ...input, caller: context.get("caller") }),
  });
}

function register<Q, B>(
  app: HttpApp,
  route: {
    readonly spec: RouteSpec<Q, B>;
    readonly before: readonly MiddlewareHandler<HttpEnv>[];
    readonly security: { [name: string]: string[] }[];
    readonly handler: (context: HttpContext, input: Input<Q, B>) => Response | Promise<Response>;
  },
): void {
  const { spec, handler } = route;
  const names = [...spec.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const config = createRoute({
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    tags: [spec.path.split("/")[1]!],
    security: route.security,
    middleware: [...route.before, ...(spec.body === undefined ? [] : [jsonBody])],
    request: {
      ...(names.length === 0 ? {} : {
        params: z.object(
          Object.fromEntries(names.map((name) => [name, spec.params?.[name] ?? uuidSchema])),
        ),
      }),
      ...(spec.query === undefined ? {} : { query: spec.query }),
      ...(spec.body === undefined
        ? {}
        : { body: { required: true, content: { "application/json": { schema: spec.body } } } }),
    },
    responses: responsesOf(spec),
  });
  // The schemas above decided what `valid` returns; the library's inference does not reach through
  // a route that is put together at run time.
  const openapi = app.openapi as unknown as (
    config: unknown,
    handler: (context: HttpContext) => Response | Promise<Response>,
  ) => void;
  openapi(config, (context) => {
    const valid = (part: "param" | "query" | "json") => context.req.valid(part as never);
    return handler(context, {
      params: names.length === 0 ? {} : valid("param"),
      query: spec.query === undefined ? undefined as Q : valid("query"),
      body: spec.body === undefined ? undefined as B : valid("json"),
    });
  });
}

function responsesOf(spec: RouteSpec<unknown, unknown>) {
  return {
    [spec.status]: spec.answer === undefined
      ? { description: "done" }
      : { description: "done", content: { "application/json": { schema: spec.answer } } },
    default: {
      description: "a problem (RFC 9457)",
      content: { "application/problem+json": { schema: problemSchema } },
    },
  };
}
