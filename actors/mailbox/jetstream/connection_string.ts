import { UsageError } from "../../errors.ts";
import { MAILBOX_BYTES_DEFAULT } from "./limits.ts";

/** What `--mailbox nats://…` says, read but not looked at: files are opened by the client. */
export interface ConnectionString {
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  /** Alone before the `@`, as the servers' own tools write it. */
  readonly token?: string;
  /** A file of credentials (JWT and seed) as `nsc` writes it. */
  readonly credsFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly replicas: number;
  /** Begins the names of streams and subjects: installations that share servers differ in it. */
  readonly prefix: string;
  readonly maxBytes: number;
}

const FORM = /^(nats|tls):\/\/(?:([^@/?]*)@)?([^/?@]+)\/?(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/;
const PREFIX = /^[A-Za-z0-9_-]{1,32}$/;
const FILES = ["credsFile", "caFile", "certFile", "keyFile"] as const;
const REPLICAS = ["1", "3", "5"];

/** Throws UsageError, which never repeats what may be a secret. */
export function readConnectionString(text: string): ConnectionString {
  const form = FORM.exec(text);
  const hosts = form?.[3]?.split(",") ?? [];
  if (form === null || hosts.some((host) => !HOST.test(host))) {
    throw new UsageError(
      `Cannot read the mailbox '${
        hostsOf(text)
      }': nats://[user:password@]host:port[,host:port…][/?replicas=3] is needed, with tls:// for TLS`,
    );
  }
  return {
    servers: hosts,
    tls: form[1] === "tls",
    ...credentialsOf(form[2]),
    ...settingsOf(new URLSearchParams(form[4] ?? "")),
  };
}

/** Without credentials and settings. */
export function hostsOf(text: string): string {
  return text.replace(/^[^:]*:\/\//, "").replace(/^.*@/, "").replace(/[/?].*$/, "");
}

function credentialsOf(text: string | undefined) {
  if (text === undefined || text === "") return {};
  const [user, ...rest] = text.split(":");
  try {
    if (rest.length === 0) return { token: decodeURIComponent(user!) };
    return { user: decodeURIComponent(user!), password: decodeURIComponent(rest.join(":")) };
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    // The cause would quote the password.
    throw new UsageError(
      "Cannot read user and password of the mailbox: a '%' in them must be written '%25'",
    );
  }
}

function settingsOf(query: URLSearchParams) {
  const known = ["replicas", "prefix", "maxBytes", ...FILES];
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    throw new UsageError(
      `Cannot read '${name}' of the mailbox: ${known.join(", ")} are known`,
    );
  }
  const replicas = query.get("replicas") ?? "1";
  if (!REPLICAS.includes(replicas)) {
    throw new UsageError(`Cannot keep '${replicas}' replicas of the mailbox: 1, 3 or 5 are right`);
  }
  const prefix = query.get("prefix") ?? "millrace";
  if (!PREFIX.test(prefix)) {
    throw new UsageError(
      `Cannot use the prefix '${prefix}' for the mailbox: 1 to 32 letters, digits, '-' and '_' are right`,
    );
  }
  return {
    replicas: Number(replicas),
    prefix,
    maxBytes: bytesOf(query.get("maxBytes")),
    ...Object.fromEntries(
      FILES.flatMap((name) => {
        const path = query.get(name);
        return path === null || path === "" ? [] : [[name, path]];
      }),
    ) as Partial<Record<typeof FILES[number], string>>,
  };
}

/** Room for a few frames of each partition is the least that makes sense. */
const MAILBOX_BYTES_LEAST = 16_777_216;

function bytesOf(text: string | null): number {
  if (text === null) return MAILBOX_BYTES_DEFAULT;
  const bytes = Number(text);
  if (/^\d{1,15}$/.test(text) && bytes >= MAILBOX_BYTES_LEAST) return bytes;
  throw new UsageError(
    `Cannot bound the mailbox by '${text}': a whole number of bytes from ${MAILBOX_BYTES_LEAST} on is right`,
  );
}
