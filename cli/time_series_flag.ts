import { z } from "zod";
import { UsageError } from "../actors/mod.ts";
import type { InfluxSettings } from "../projections/mod.ts";
import type { Flag } from "./flag.ts";

/** An InfluxDB as the flag names it: everything but the token. */
type InfluxAddress = Omit<InfluxSettings, "token">;

const TOKEN_VARIABLE = "MILLRACE_INFLUXDB_TOKEN";
/** What may stand in a header; a line end that a file brought along would break the call. */
const TOKEN = /^[\x21-\x7e]+$/;
/** No name that InfluxDB keeps for itself, and none that means a retention policy too. */
const BUCKET = /^[A-Za-z0-9][\w.-]{0,63}$/;
const RETENTION = /^(\d{1,5})([hdw])$/;
const SECONDS: Readonly<Record<string, number>> = { h: 3_600, d: 86_400, w: 604_800 };
const KEYS = ["org", "bucket", "retention"];

/** `sqlite` is undefined: nothing else must be known of it. */
export const timeSeriesEngines: Pick<Flag, "schema" | "right"> = {
  schema: z.string().transform((text, context) => {
    if (text === "sqlite") return undefined;
    const address = influxAddress(text);
    if (address === undefined) context.addIssue("no time series");
    return address;
  }),
  right: "'sqlite' or influxdb+http://host:8086/?org=…&bucket=…, " +
    "with influxdb+https:// over TLS and &retention=90d to forget (h, d or w; 0 never)",
};

function influxAddress(text: string): InfluxAddress | undefined {
  if (!/^influxdb\+https?:\/\//.test(text)) return undefined;
  const url = URL.parse(text.slice("influxdb+".length));
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") {
    return undefined;
  }
  const keys = [...url.searchParams.keys()];
  if (keys.some((key) => !KEYS.includes(key)) || new Set(keys).size < keys.length) return undefined;
  const [org, bucket, retention] = KEYS.map((key) => url.searchParams.get(key));
  if (!org || !bucket || !BUCKET.test(bucket)) return undefined;
  const retentionSeconds = secondsOf(retention ?? undefined);
  if (retention !== null && retentionSeconds === undefined) return undefined;
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    org,
    bucket,
    ...(retentionSeconds === undefined ? {} : { retentionSeconds }),
  };
}

function secondsOf(retention: string | undefined): number | undefined {
  if (retention === "0") return 0;
  const [, number, unit] = RETENTION.exec(retention ?? "") ?? [];
  const seconds = Number(number) * (SECONDS[unit ?? ""] ?? 0);
  return seconds > 0 ? seconds : undefined;
}

/** With the token, which no flag may carry: a command line can be read by others of the machine. */
export function influxSettings(
  address: InfluxAddress | undefined,
  env: (name: string) => string | undefined,
): InfluxSettings | undefined {
  if (address === undefined) return undefined;
  const token = (env(TOKEN_VARIABLE) ?? "").trim();
  if (TOKEN.test(token)) return { ...address, token };
  throw new UsageError(
    `Cannot start with time series in '${address.url}': ${TOKEN_VARIABLE} must hold a token that ` +
      `may read and write bucket '${address.bucket}'`,
  );
}
