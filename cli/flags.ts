import { z } from "zod";
import { UsageError } from "../actors/mod.ts";
import type { InfluxSettings } from "../projections/mod.ts";
import type { TlsFiles } from "../protocols/mod.ts";
import type { Flag } from "./flag.ts";
import { checkedRoles, type Role, roles } from "./role_flag.ts";
import { MQTT_FLAGS, type MqttBounds, mqttBounds } from "./mqtt_flags.ts";
import { influxSettings, timeSeriesEngines } from "./time_series_flag.ts";
import { tlsFiles } from "./tls_files.ts";

/** What `start` was asked to do. */
export interface Settings {
  readonly roles: ReadonlySet<Role>;
  readonly data: string;
  readonly host: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly mqttsPort: number;
  readonly httpsPort: number;
  /** Undefined if no certificate was given: the TLS ports then stay closed. */
  readonly tls: TlsFiles | undefined;
  /** Addresses and networks. */
  readonly proxyFrom: readonly string[];
  readonly mqttBounds: MqttBounds;
  /** `sqlite`, or the connection string of an EventStoreDB, which may hold a password. */
  readonly eventStore: string;
  /** `in-process`, or the connection string of NATS servers, which may hold a password. */
  readonly mailbox: string;
  /** File of the installation's key; undefined: it lies in the data folder. */
  readonly installationKey: string | undefined;
  /** Undefined: the measurements are in a file of the data folder. */
  readonly influx: InfluxSettings | undefined;
  readonly adminEmail: string;
  readonly adminPassword: string | undefined;
  readonly selfRegister: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat: "pretty" | "json";
  /** Of messages without a trace context, every so many-th begins a trace; 0 for none. */
  readonly traceEvery: number;
  readonly demo: boolean;
  readonly help: boolean;
}

const port = z.string().regex(/^\d{1,5}$/).transform(Number).pipe(z.number().max(65_535));

const commaList = z.string().transform((list) => list.split(",").filter((each) => each !== ""));

function oneOf(...words: readonly string[]): Pick<Flag, "schema" | "right"> {
  return {
    schema: z.enum(words as [string, ...string[]]),
    right: words.map((word) => `'${word}'`).join(" or "),
  };
}

const text = { schema: z.string().min(1), right: "a text of at least one character" };
const portNumber = { schema: port, right: "a number from 0 to 65535, where 0 picks a free port" };
const pemFile = { schema: z.string(), right: "a PEM file" };
const pemFiles = { schema: commaList, right: "PEM files, with commas between them" };
const networks = {
  schema: commaList,
  right: "addresses or networks, with commas between them",
};
const switches = oneOf("true", "false");
const eventLogs = {
  schema: z.string().regex(/^(sqlite|esdb(\+discover)?:\/\/[^/?]+.*)$/),
  right: "'sqlite' or esdb://host:port?… as EventStoreDB's clients write it",
};

const mailboxes = {
  schema: z.string().regex(/^(in-process|(nats|tls):\/\/[^/?]+.*)$/),
  right: "'in-process' or nats://host:port[,host:port…][/?replicas=3]",
};

const FLAGS: readonly Flag[] = [
  { name: "role", fallback: "all", says: "what this process does", ...roles },
  { name: "data", fallback: "./data", says: "folder of everything that is kept", ...text },
  { name: "host", fallback: "127.0.0.1", says: "address to listen on", ...text },
  { name: "http-port", fallback: "8080", says: "REST API and device ingest", ...portNumber },
  { name: "mqtt-port", fallback: "1883", says: "MQTT 5.0 and 3.1.1", ...portNumber },
  { name: "mqtts-port", fallback: "8883", says: "MQTT over TLS, with --tls-cert", ...portNumber },
  { name: "https-port", fallback: "8443", says: "HTTP over TLS, with --tls-cert", ...portNumber },
  { name: "tls-cert", fallback: "", says: "certificates shown, by server name", ...pemFiles },
  { name: "tls-key", fallback: "", says: "their private keys, in the same order", ...pemFiles },
  { name: "tls-client-ca", fallback: "", says: "who issues devices' certificates", ...pemFile },
  { name: "tls-crl", fallback: "", says: "those issuers' revocation lists", ...pemFile },
  { name: "proxy-from", fallback: "", says: "MQTT proxies that name the peer", ...networks },
  ...MQTT_FLAGS,
  { name: "event-store", fallback: "sqlite", says: "engine of the event log", ...eventLogs },
  {
    name: "installation-key",
    fallback: "",
    says: "file of the key that nodes share; if none: in the data folder",
    schema: z.string(),
    right: "a file of 32 bytes, as they are or as base64url",
  },
  { name: "mailbox", fallback: "in-process", says: "line in front of the actors", ...mailboxes },
  {
    name: "time-series",
    fallback: "sqlite",
    says: "engine of the measurements",
    ...timeSeriesEngines,
  },
  {
    name: "admin-email",
    fallback: "admin@example.com",
    says: "who is the administrator",
    schema: z.email(),
    right: "an e-mail address",
  },
  {
    name: "admin-password",
    fallback: "",
    says: "if none: made at the first start, kept in <data>/admin-password",
    schema: z.union([z.literal(""), z.string().min(8).max(1_024)]),
    right: "8 to 1024 characters",
    secret: true,
  },
  { name: "self-register", fallback: "true", says: "anybody may create a user", ...switches },
  {
    name: "log-level",
    fallback: "info",
    says: "least important line shown",
    ...oneOf("debug", "info", "warn", "error"),
  },
  {
    name: "log-format",
    fallback: "",
    says: "pretty on a terminal, else json",
    ...oneOf("", "pretty", "json"),
  },
  {
    name: "trace-every",
    fallback: "0",
    says: "begins a trace for every so many-th message, 0 for none",
    schema: z.string().regex(/^\d{1,9}$/).transform(Number),
    right: "a whole number from 0 to 999999999",
  },
  {
    name: "demo",
    fallback: "false",
    says: "play four years of real weather and show what was asked",
    ...switches,
  },
  { name: "help", fallback: "false", says: "this table", ...switches },
];

const BARE = new Set(["demo", "help", "self-register"]);

/** Reads flags and `MILLRACE_*` variables; throws UsageError naming the flag, the value and what would be right. */
export function readSettings(
  args: readonly string[],
  environment: { readonly env: (name: string) => string | undefined; readonly isTerminal: boolean },
): Settings {
  const given = givenFlags(args);
  const value = (name: string): unknown => {
    const flag = FLAGS.find((candidate) => candidate.name === name)!;
    const variable = `MILLRACE_${name.toUpperCase().replaceAll("-", "_")}`;
    const raw = given.get(name) ?? environment.env(variable) ?? flag.fallback;
    const parsed = flag.schema.safeParse(raw);
    if (parsed.success) return parsed.data;
    const source = given.has(name) ? `--${name}` : variable;
    const shown = flag.secret === true ? `(${raw.length} characters)` : withoutPassword(raw);
    throw new UsageError(`Cannot start with ${source} '${shown}': it must be ${flag.right}`);
  };
  const format = value("log-format") as string;
  const engines = {
    eventStore: value("event-store") as string,
    mailbox: value("mailbox") as string,
    influx: influxSettings(value("time-series") as InfluxSettings | undefined, environment.env),
  };
  const hasInflux = engines.influx !== undefined;
  return {
    ...engines,
    roles: checkedRoles(value("role") as ReadonlySet<Role>, { ...engines, hasInflux }),
    data: value("data") as string,
    host: value("host") as string,
    httpPort: value("http-port") as number,
    mqttPort: value("mqtt-port") as number,
    mqttsPort: value("mqtts-port") as number,
    httpsPort: value("https-port") as number,
    tls: tlsFiles({
      certs: value("tls-cert") as string[],
      keys: value("tls-key") as string[],
      clientCa: value("tls-client-ca") as string,
      crl: value("tls-crl") as string,
    }),
    proxyFrom: value("proxy-from") as string[],
    mqttBounds: mqttBounds(value),
    installationKey: (value("installation-key") as string) || undefined,
    adminEmail: (value("admin-email") as string).toLowerCase(),
    adminPassword: (value("admin-password") as string) || undefined,
    selfRegister: value("self-register") === "true",
    logLevel: value("log-level") as Settings["logLevel"],
    logFormat: format === "" ? (environment.isTerminal ? "pretty" : "json") : format as "pretty",
    traceEvery: value("trace-every") as number,
    demo: value("demo") === "true",
    help: value("help") === "true",
  };
}

/** A connection string may carry one, also where it is misspelt. */
function withoutPassword(raw: string): string {
  return raw.replace(/^([^:]*:\/*).*@/, "$1…@").replace(/([?&](token|p)=)[^&]*/gi, "$1…");
}

function givenFlags(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = splitFlag(args[i]!);
    if (name === undefined || !FLAGS.some((flag) => flag.name === name)) {
      // Without its value: a misspelt flag may carry a secret.
      const shown = args[i]!.split("=", 1)[0];
      throw new UsageError(`Cannot start with '${shown}': no such flag, --help lists them`);
    }
    const next = args[i + 1];
    if (inline !== undefined) given.set(name, inline);
    else if (BARE.has(name)) given.set(name, "true");
    else if (next === undefined || next.startsWith("--")) {
      throw new UsageError(`Cannot start with '--${name}': it needs a value`);
    } else {
      given.set(name, next);
      i++;
    }
  }
  return given;
}

/** The name is undefined for what does not begin with `--`. */
function splitFlag(argument: string): [string | undefined, string | undefined] {
  if (!argument.startsWith("--")) return [undefined, undefined];
  const equals = argument.indexOf("=");
  return equals < 0
    ? [argument.slice(2), undefined]
    : [argument.slice(2, equals), argument.slice(equals + 1)];
}

/** The table of all flags. */
export function helpText(): string {
  const rows = FLAGS.map(({ name, fallback, says, right }) => {
    const flag = `--${name}`.padEnd(32);
    const standard = (fallback === "" ? "-" : fallback).padEnd(20);
    return `  ${flag}${standard}${says} (${right})`;
  });
  return [
    "Millrace: devices publish, everything is kept, anyone entitled can ask what happened",
    "",
    "  deno task start [flags]     each flag is also a variable MILLRACE_<NAME>; the flag wins",
    "                              MILLRACE_<NAME>_FILE names a file with its value, for secrets",
    "",
    "  flag                            standard            meaning (allowed values)",
    ...rows,
  ].join("\n");
}
