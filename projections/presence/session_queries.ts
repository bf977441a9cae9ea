import type { SessionEvent, SubscriptionOptions } from "../../actors/mod.ts";
import type { At } from "../directory/mod.ts";
import type { ReadModelFile } from "../read_model/mod.ts";
import { type Finding, findingsOf } from "./findings.ts";
import { NO_SESSION } from "./presence_schema.ts";

type Fact<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>["data"];
type Named = "domainId" | "sessionId" | "clientId";

/** One connection of a thing: how it was made, how it ended and what it carried. */
export interface SessionRecord extends Omit<Fact<"SessionConnected">, "domainId" | "resumed"> {
  /** It found a session that was kept; `more` of its subscriptions are not listed. */
  readonly resumed?: { readonly more: number };
  /** What it came back for and did not find, by channel; `more` channels are not listed. */
  readonly gone?: Pick<Fact<"SessionMessagesGone">, "channels" | "more">;
  /** Unique among the sessions of its thing, and higher for a later one. */
  readonly number: number;
  readonly edge: string;
  readonly address: string;
  readonly fromMs: number;
  /** Absent while it is, or at the instant asked for was, open. */
  readonly ended?: Omit<Fact<"SessionEnded">, Named> & { readonly toMs: number };
  /** Actions that were refused. */
  readonly refused: number;
}

export interface SubscriptionRecord {
  readonly filter: string;
  readonly options: SubscriptionOptions;
  readonly fromMs: number;
  /** Absent while it holds. */
  readonly ended?: {
    readonly toMs: number;
    readonly cause: "client" | "access" | "replaced" | "end";
  };
}

export interface RefusalRecord {
  readonly action: "connect" | "publish" | "subscribe";
  readonly topic: string;
  readonly reason: string;
  readonly reasonCode?: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of the last time. */
  readonly clientId: string;
  readonly address: string;
}

interface Thing {
  readonly domainId: string;
  readonly thingId: string;
}

export interface SessionQueries {
  /** Newest first. */
  sessions(
    thing: Thing,
    page: { readonly limit: number; readonly before?: number },
  ): { readonly total: number; readonly sessions: readonly SessionRecord[] };
  /** Those that were open at the instant, newest first, with what they were subscribed to then. */
  sessionsAt(
    thing: Thing,
    page: { readonly limit: number; readonly before?: number; readonly at: At },
  ): {
    readonly total: number;
    readonly sessions: readonly (SessionRecord & {
      readonly subscriptions: readonly SubscriptionRecord[];
    })[];
  };
  /** By number or id. */
  session(thing: Thing, which: number | string):
    | SessionRecord & {
      readonly subscriptions: readonly SubscriptionRecord[];
      readonly refusals: readonly RefusalRecord[];
    }
    | undefined;
  /** CONNECTs that were refused to this thing, or to whoever named it without its key. */
  refusedConnects(thing: Thing): readonly RefusalRecord[];
  /** What an operator would look for. */
  findings(thing: Thing): readonly Finding[];
}

const OF_THING = "domain_id = ? AND thing_id = ?";
const OF_SESSION = `${OF_THING} AND session_id = ?`;

export function sessionQueries(file: ReadModelFile): SessionQueries {
  const count = (where: string, values: readonly (string | number)[]) =>
    file.statement(`SELECT count(*) AS total FROM sessions WHERE ${where}`)
      .get(...values)!["total"] as number;
  const rows = (where: string, { values, limit, before = Number.MAX_SAFE_INTEGER }: {
    readonly values: readonly (string | number)[];
    readonly limit: number;
    readonly before?: number;
  }) =>
    file.statement(
      `SELECT * FROM sessions WHERE ${where} AND number < ? ORDER BY number DESC LIMIT ?`,
    ).all(...values, before, limit);
  const refusals = ({ domainId, thingId }: Thing, sessionId: string) =>
    file.statement(`SELECT * FROM refusals WHERE ${OF_SESSION} ORDER BY last_ms DESC`)
      .all(domainId, thingId, sessionId).map(refusalOf);
  return {
    sessions({ domainId, thingId }, page) {
      const values = [domainId, thingId];
      return {
        total: count(OF_THING, values),
        sessions: rows(OF_THING, { ...page, values }).map(recordOf),
      };
    },
    sessionsAt({ domainId, thingId }, { at, ...page }) {
      const { open, values: then } = openThen(at);
      const where = `${OF_THING} AND ${open}`;
      const values = [domainId, thingId, ...then];
      return {
        total: count(where, values),
        sessions: rows(where, { ...page, values }).map((row) => {
          // What came later is not known at that instant.
          const { ended: _, ...record } = recordOf(row);
          const subscriptions = file.statement(
            `SELECT * FROM subscriptions WHERE ${OF_SESSION} AND ${open} ORDER BY from_position, filter`,
          ).all(domainId, thingId, record.sessionId, ...then)
            .map((each) => subscriptionOf({ ...each, to_ms: null }));
          return { ...record, subscriptions };
        }),
      };
    },
    session(thing, which) {
      const { domainId, thingId } = thing;
      const column = typeof which === "number" ? "number" : "session_id";
      const row = file.statement(`SELECT * FROM sessions WHERE ${OF_THING} AND ${column} = ?`)
        .get(domainId, thingId, which);
      if (row === undefined) return undefined;
      const record = recordOf(row);
      const subscriptions = file.statement(
        `SELECT * FROM subscriptions WHERE ${OF_SESSION} ORDER BY from_position DESC, filter`,
      ).all(domainId, thingId, record.sessionId).map(subscriptionOf);
      return { ...record, subscriptions, refusals: refusals(thing, record.sessionId) };
    },
    refusedConnects: (thing) => refusals(thing, NO_SESSION),
    findings: (thing) => findingsOf(file, thing),
  };
}

function openThen(at: At): { readonly open: string; readonly values: readonly number[] } {
  const [unit, place] = "ms" in at ? ["ms", at.ms] : ["position", at.position];
  return {
    open: `from_${unit} <= ? AND (to_${unit} IS NULL OR to_${unit} > ?)`,
    values: [place, place],
  };
}

type Row = Record<string, unknown>;

function recordOf(row: Row): SessionRecord {
  const ended = row["ended"] as string | null;
  return {
    // Written by this projection from the fact itself.
    ...JSON.parse(row["connected"] as string) as Omit<
      Fact<"SessionConnected">,
      Named | "protocol" | "resumed"
    >,
    number: row["number"] as number,
    sessionId: row["session_id"] as string,
    clientId: row["client_id"] as string,
    protocol: row["protocol"] as string,
    edge: row["edge"] as string,
    address: row["address"] as string,
    fromMs: row["from_ms"] as number,
    ...(ended === null ? {} : { ended: { ...JSON.parse(ended), toMs: row["to_ms"] as number } }),
    refused: row["refusals"] as number,
  };
}

function subscriptionOf(row: Row): SubscriptionRecord {
  const toMs = row["to_ms"] as number | null;
  return {
    filter: row["filter"] as string,
    options: JSON.parse(row["options"] as string),
    fromMs: row["from_ms"] as number,
    ...(toMs === null
      ? {}
      : { ended: { toMs, cause: row["cause"] as "client" | "access" | "replaced" | "end" } }),
  };
}

function refusalOf(row: Row): RefusalRecord {
  const reasonCode = row["reason_code"] as number | null;
  return {
    action: row["action"] as RefusalRecord["action"],
    topic: row["topic"] as string,
    reason: row["reason"] as string,
    ...(reasonCode === null ? {} : { reasonCode }),
    count: row["count"] as number,
    firstMs: row["first_ms"] as number,
    lastMs: row["last_ms"] as number,
    clientId: row["client_id"] as string,
    address: row["address"] as string,
  };
}
