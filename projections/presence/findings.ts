import type { ReadModelFile } from "../read_model/mod.ts";

/** Something about a thing's connections that an operator should see first. */
export interface Finding {
  readonly kind:
    | "flapping"
    | "wrong_key"
    | "refused_connect"
    | "refused_publish"
    | "refused_subscribe";
  /** One sentence. */
  readonly text: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Connections within this time up to the newest are looked at together. */
const FLAPPING_WINDOW_MS = 600_000;
/** So many in one window are no restart of a device any more. */
const FLAPPING_CONNECTIONS_MIN = 5;
/** Different refusals of one action that are told. */
const REFUSALS_TOLD_MAX = 5;
/** MQTT 5: bad user name or password. */
const BAD_CREDENTIALS = 0x86;
/** MQTT 5: message rate too high. Of MQTT 3.1.1 such messages are not refused, but read later. */
const RATE_TOO_HIGH = 0x96;
/** How an edge begins the reason where the code does not tell: that of a wrong proof is another. */
const WRONG_KEY = "wrong key:";

interface Thing {
  readonly domainId: string;
  readonly thingId: string;
}

/** Newest first. */
export function findingsOf(file: ReadModelFile, thing: Thing): readonly Finding[] {
  return [...refusals(file, thing), ...flapping(file, thing)]
    .toSorted((a, b) => b.lastMs - a.lastMs);
}

function refusals(file: ReadModelFile, { domainId, thingId }: Thing): readonly Finding[] {
  return (["connect", "publish", "subscribe"] as const).flatMap((action) =>
    file.statement(
      `SELECT topic, reason, reason_code, sum(count) AS count, min(first_ms) AS first_ms,
         max(last_ms) AS last_ms
       FROM refusals WHERE domain_id = ? AND thing_id = ? AND action = ?
       GROUP BY topic, reason, reason_code ORDER BY last_ms DESC LIMIT ?`,
    ).all(domainId, thingId, action, REFUSALS_TOLD_MAX).map((row): Finding => {
      const count = row["count"] as number;
      const wrongKey = action === "connect" &&
        (row["reason_code"] === BAD_CREDENTIALS || `${row["reason"]}`.startsWith(WRONG_KEY));
      const what = row["reason_code"] === RATE_TOO_HIGH
        ? "publishing was held back"
        : action === "connect"
        ? `CONNECT ${wrongKey ? "without the right key " : ""}was refused`
        : `${action === "publish" ? "publishing" : "subscribing"} to '${row["topic"]}' was refused`;
      return {
        kind: wrongKey ? "wrong_key" : `refused_${action}`,
        text: `${what} ${times(count)}: ${row["reason"]}`,
        count,
        firstMs: row["first_ms"] as number,
        lastMs: row["last_ms"] as number,
      };
    })
  );
}

/** A device whose connections end because something is refused does not flap: that is told already. */
function flapping(file: ReadModelFile, { domainId, thingId }: Thing): readonly Finding[] {
  const rows = file.statement(
    `SELECT from_ms, to_ms, json_extract(ended, '$.reason') AS reason FROM sessions
     WHERE domain_id = ?1 AND thing_id = ?2 AND refusals = 0 AND from_ms >
       (SELECT max(from_ms) FROM sessions WHERE domain_id = ?1 AND thing_id = ?2) - ?3
     ORDER BY number`,
  ).all(domainId, thingId, FLAPPING_WINDOW_MS);
  if (rows.length < FLAPPING_CONNECTIONS_MIN) return [];
  const reasons = new Map<string, number>();
  for (const { reason } of rows) {
    if (typeof reason === "string") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const [often] = [...reasons].toSorted(([, a], [, b]) => b - a);
  const why = often === undefined ? "" : `; ${times(often[1])} it ended because: ${often[0]}`;
  return [{
    kind: "flapping",
    text: `${rows.length} connections began within ${FLAPPING_WINDOW_MS / 60_000} minutes${why}`,
    count: rows.length,
    firstMs: rows[0]!["from_ms"] as number,
    lastMs: rows.at(-1)!["from_ms"] as number,
  }];
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
