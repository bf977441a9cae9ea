import { z } from "@hono/zod-openapi";
import type { At } from "../../../projections/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import type { HttpGround } from "../ground.ts";
import { mayReadHistory } from "../history/mod.ts";
import { PAGE_LIMIT, PAGE_LIMIT_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";
import { atOf, waitedFor } from "../request.ts";
import { type HttpApp, type HttpContext, onUser } from "../route.ts";
import { uuidSchema, wholeNumber } from "../schemas.ts";
import { registerDurableSessions } from "./durable.ts";
import { registerRecorder } from "./recorder.ts";
import { shownFinding, shownRefusal, shownSession, shownSubscription } from "./shown.ts";

const querySchema = z.object({
  at: z.string().optional(),
  limit: wholeNumber(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT),
  cursor: z.string().regex(/^\d{1,15}$/, "cursor must come from next_cursor").optional(),
});

const record = z.record(z.string(), z.unknown());

/** A session's number, or its id as history names it (the correlation id of its events). */
const sessionSchema = z.string().regex(/^\d{1,15}$/, "a number or UUID is needed").or(uuidSchema);

export function registerSessions(app: HttpApp, ground: HttpGround): void {
  registerList(app, ground);
  registerOne(app, ground);
  registerDurableSessions(app, ground);
  registerRecorder(app, ground);
}

function registerList(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: "/things/{id}/sessions",
    summary: "Connections of the thing, newest first, and what stands out; with `at` those of then",
    query: querySchema,
    status: 200,
    answer: z.object({
      total: z.number(),
      limit: z.number(),
      next_cursor: z.string().optional(),
      findings: z.array(record).optional(),
      refused_connects: z.array(record).optional(),
      sessions: z.array(record),
    }),
  }, async (context, { params, query, caller }) => {
    const thing = await readable(ground, context, { id: params["id"]!, caller });
    const { limit, cursor } = query;
    const page = { limit, ...(cursor === undefined ? {} : { before: Number(cursor) }) };
    const at = atOf(query.at);
    const answered = at === undefined
      ? await newest(ground, thing, page)
      : await openAt(ground, thing, { ...page, at });
    return context.json({ limit, ...answered });
  });
}

interface Thing {
  readonly domainId: string;
  readonly thingId: string;
}

interface Page {
  readonly limit: number;
  readonly before?: number;
}

async function newest(
  { readModels: { presence }, devices }: HttpGround,
  thing: Thing,
  page: Page,
) {
  const [{ total, sessions }, refused, findings] = await Promise.all([
    presence.sessions(thing, page),
    presence.refusedConnects(thing),
    presence.findings(thing),
  ]);
  const carried = await devices.carriedBy(thing.thingId);
  return {
    total,
    ...nextOf(sessions, page),
    findings: findings.map(shownFinding),
    refused_connects: refused.map(shownRefusal),
    sessions: sessions.map((session) => shownSession(session, carried.get(session.sessionId))),
  };
}

async function openAt(ground: HttpGround, thing: Thing, page: Page & { readonly at: At }) {
  const { total, sessions } = await ground.readModels.presence.sessionsAt(thing, page);
  return {
    total,
    ...nextOf(sessions, page),
    sessions: sessions.map(({ subscriptions, ...session }) => {
      // How often something was refused is known of now, not of then.
      const { refused: _, ...shown } = shownSession(session);
      return { ...shown, subscriptions: subscriptions.map(shownSubscription) };
    }),
  };
}

function nextOf(sessions: readonly { readonly number: number }[], { limit }: Page) {
  const last = sessions.at(-1);
  return last === undefined || sessions.length < limit ? {} : { next_cursor: String(last.number) };
}

function registerOne(app: HttpApp, ground: HttpGround): void {
  onUser({ app, ground }, {
    method: "get",
    path: "/things/{id}/sessions/{n}",
    params: { n: sessionSchema },
    summary: "One connection: how it was made and ended, its subscriptions and what it was refused",
    status: 200,
    answer: record,
  }, async (context, { params, caller }) => {
    const thing = await readable(ground, context, { id: params["id"]!, caller });
    const n = params["n"]!;
    const which = /^\d+$/.test(n) ? Number(n) : n;
    const found = await ground.readModels.presence.session(thing, which);
    if (found === undefined) {
      throw new HttpProblem(404, `Cannot find session '${n}': it is not, or no longer, kept`);
    }
    const { subscriptions, refusals, ...session } = found;
    const carried = await ground.devices.carriedBy(thing.thingId);
    return context.json({
      ...shownSession(session, carried.get(session.sessionId)),
      subscriptions: subscriptions.map(shownSubscription),
      refusals: refusals.map(shownRefusal),
    });
  });
}

/** Who may read what happened to a thing may read this, also after its removal. */
async function readable(
  ground: HttpGround,
  context: HttpContext,
  { id, caller }: { readonly id: string; readonly caller: UserCaller },
): Promise<Thing> {
  await waitedFor(ground, context, { projections: ["presence", "history", "directory"] });
  await mayReadHistory(ground, caller, { kind: "thing", id });
  return { domainId: caller.domainId, thingId: id };
}
