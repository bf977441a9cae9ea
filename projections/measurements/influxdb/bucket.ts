import { TransientError } from "../../../actors/mod.ts";

/** The calls that finding and making a bucket takes. */
export interface BucketCalls {
  /** Undefined if there is no such thing. */
  find(path: string): Promise<unknown>;
  send(path: string, call: { readonly method: "POST" | "PATCH"; readonly body: unknown }): Promise<
    unknown
  >;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

interface RetentionRule {
  readonly type: string;
  readonly everySeconds: number;
}

interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly retentionRules?: readonly RetentionRule[];
}

/** Sees to it that the bucket is there, and keeps points as long as was asked. */
export async function ensureBucket(
  { org, bucket: name, retentionSeconds }: {
    readonly org: string;
    readonly bucket: string;
    readonly retentionSeconds?: number;
  },
  calls: BucketCalls,
): Promise<{ readonly id: string; readonly created: boolean }> {
  const asked = new URLSearchParams({ org, name });
  const listed = await calls.find(`/api/v2/buckets?${asked}`) as
    | { readonly buckets?: readonly Bucket[] }
    | undefined;
  const found = listed?.buckets?.find((bucket) => bucket.name === name);
  if (found === undefined) {
    const body = {
      orgID: await organisation(org, calls),
      name,
      description: "What devices measured, as Millrace read it",
      retentionRules: rules(retentionSeconds ?? 0),
    };
    const made = await calls.send("/api/v2/buckets", { method: "POST", body }) as Bucket;
    return { id: made.id, created: true };
  }
  const keeps = found.retentionRules?.[0]?.everySeconds ?? 0;
  if (retentionSeconds !== undefined && keeps !== retentionSeconds) {
    calls.warn("retention of the bucket changes", { bucket: name, keeps, retentionSeconds });
    const body = { retentionRules: rules(retentionSeconds) };
    await calls.send(`/api/v2/buckets/${found.id}`, { method: "PATCH", body });
  }
  return { id: found.id, created: false };
}

/** Said also where it is 0, for ever: no rule at all leaves what there was. */
function rules(everySeconds: number): readonly RetentionRule[] {
  return [{ type: "expire", everySeconds }];
}

async function organisation(name: string, calls: BucketCalls): Promise<string> {
  const asked = new URLSearchParams({ org: name });
  const listed = await calls.find(`/api/v2/orgs?${asked}`) as
    | { readonly orgs?: readonly { readonly id: string; readonly name: string }[] }
    | undefined;
  const found = listed?.orgs?.find((org) => org.name === name);
  if (found !== undefined) return found.id;
  throw new TransientError(
    `Cannot make a bucket for organisation '${name}': InfluxDB shows no such one to this token`,
  );
}
