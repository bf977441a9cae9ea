import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../actors/mod.ts";
import { helpText, readSettings, type Settings } from "../../cli/mod.ts";

interface Surroundings {
  readonly variables?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

function read(args: readonly string[], { variables = {}, isTerminal = false }: Surroundings = {}) {
  return readSettings(args, { env: (name) => variables[name], isTerminal });
}

function refused(args: readonly string[], said: RegExp, surroundings: Surroundings = {}): void {
  assert.throws(
    () => read(args, surroundings),
    (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, said);
      return true;
    },
    args.join(" "),
  );
}

/** As ../shared/interface.md fixes them. */
const STANDARD: Settings = {
  roles: new Set(["edges", "actors", "projections", "api"]),
  data: "./data",
  host: "127.0.0.1",
  httpPort: 8080,
  mqttPort: 1883,
  mqttsPort: 8883,
  httpsPort: 8443,
  tls: undefined,
  proxyFrom: [],
  mqttBounds: {
    connectionsMax: 100_000,
    connectionsPerThingMax: 50_000,
    connectionsPerAddressMax: 50_000,
    connectsPerSecondMax: 0,
    publishesPerSecondMax: 0,
    packetBytesMax: 262_144,
    subscriptionsMax: 1_000,
    inflightMax: 4_000,
    outBytesMax: 2_097_152,
    sessionExpirySecondsMax: 604_800,
    durableSessionsPerThingMax: 10_000,
  },
  eventStore: "sqlite",
  mailbox: "in-process",
  installationKey: undefined,
  influx: undefined,
  adminEmail: "admin@example.com",
  adminPassword: undefined,
  selfRegister: true,
  logLevel: "info",
  logFormat: "json",
  traceEvery: 0,
  demo: false,
  help: false,
};

interface Case {
  readonly flag: string;
  /** Values, and what each of them comes to. */
  readonly good: Readonly<Record<string, Partial<Settings>>>;
  readonly bad: readonly string[];
  readonly right: RegExp;
}

const port = {
  bad: ["", "-1", "65536", "1e3", "80.5", "eighty", "0x50", " 80"],
  right: /0 to 65535/,
};
/** A flag of the MQTT edge, the least and the most that it may be, and what it sets. */
function bound(
  flag: string,
  [least, most]: readonly [number, number],
  limit: keyof Settings["mqttBounds"],
): Case {
  const set = (value: number) => ({ mqttBounds: { ...STANDARD.mqttBounds, [limit]: value } });
  return {
    flag,
    good: { [least]: set(least), [most]: set(most) },
    bad: ["", String(least - 1), String(most + 1), "1e3", "1.5", "many", "0x9", " 9"],
    right: new RegExp(`a whole number from ${least} to ${most}`),
  };
}

const CASES: readonly Case[] = [
  {
    flag: "role",
    good: { all: {}, "edges,actors,projections,api": {} },
    bad: ["", "other", "ALL", "edges;api", "all,api"],
    right: /'all', or some of 'edges', 'actors', 'projections', 'api'/,
  },
  {
    flag: "event-store",
    good: {
      sqlite: {},
      ...Object.fromEntries(
        ["esdb://ann:secret@db:2113?tls=false", "esdb+discover://cluster.local"].map((
          eventStore,
        ) => [eventStore, { eventStore }]),
      ),
    },
    bad: ["", "other", "SQLITE", "esdb", "esdb://", "http://db:2113"],
    right: /'sqlite' or esdb:\/\/host:port/,
  },
  {
    flag: "installation-key",
    good: { "": {}, "/run/secrets/key": { installationKey: "/run/secrets/key" } },
    bad: [],
    right: /a file/,
  },
  {
    flag: "mailbox",
    good: {
      "in-process": {},
      "nats://one:4222,two:4222/?replicas=3": { mailbox: "nats://one:4222,two:4222/?replicas=3" },
    },
    bad: ["", "other", "nats", "nats://", "http://db:4222"],
    right: /'in-process' or nats:\/\/host:port/,
  },
  {
    flag: "time-series",
    good: { sqlite: {} },
    bad: ["", "other", "SQLITE", "influxdb", "http://db:8086/?org=a&bucket=b"],
    right: /'sqlite' or influxdb\+http:\/\/host:8086/,
  },
  { flag: "data", good: { "/var/lib/x": { data: "/var/lib/x" } }, bad: [""], right: /a text/ },
  { flag: "host", good: { "0.0.0.0": { host: "0.0.0.0" } }, bad: [""], right: /a text/ },
  { flag: "http-port", good: { "0": { httpPort: 0 }, "65535": { httpPort: 65535 } }, ...port },
  { flag: "mqtt-port", good: { "0": { mqttPort: 0 }, "18830": { mqttPort: 18830 } }, ...port },
  { flag: "mqtts-port", good: { "0": { mqttsPort: 0 }, "883": { mqttsPort: 883 } }, ...port },
  { flag: "https-port", good: { "0": { httpsPort: 0 }, "443": { httpsPort: 443 } }, ...port },
  {
    flag: "proxy-from",
    good: { "10.0.0.7,fd00::/8": { proxyFrom: ["10.0.0.7", "fd00::/8"] }, "": {} },
    bad: [],
    right: /./,
  },
  bound("mqtt-connections-max", [1, 1_000_000], "connectionsMax"),
  bound("mqtt-connections-per-thing", [0, 1_000_000], "connectionsPerThingMax"),
  bound("mqtt-connections-per-address", [0, 1_000_000], "connectionsPerAddressMax"),
  bound("mqtt-connects-per-second", [0, 1_000_000], "connectsPerSecondMax"),
  bound("mqtt-publishes-per-second", [0, 10_000_000], "publishesPerSecondMax"),
  bound("mqtt-packet-bytes", [1_024, 262_144], "packetBytesMax"),
  bound("mqtt-subscriptions-max", [1, 20_000], "subscriptionsMax"),
  bound("mqtt-inflight-max", [1, 65_535], "inflightMax"),
  bound("mqtt-out-bytes", [65_536, 67_108_864], "outBytesMax"),
  bound("mqtt-session-expiry", [0, 31_536_000], "sessionExpirySecondsMax"),
  bound("mqtt-sessions-per-thing", [0, 10_000_000], "durableSessionsPerThingMax"),
  ...["tls-cert", "tls-key", "tls-client-ca", "tls-crl"].map((flag) => ({
    flag,
    good: { "": {} },
    bad: [],
    right: /./,
  })),
  {
    flag: "admin-email",
    good: { "Ann@Example.com": { adminEmail: "ann@example.com" } },
    bad: ["", "ann", "ann@", "@example.com"],
    right: /an e-mail address/,
  },
  {
    flag: "admin-password",
    good: { "12345678": { adminPassword: "12345678" }, "": { adminPassword: undefined } },
    bad: ["1234567", "x".repeat(1_025)],
    right: /8 to 1024 characters/,
  },
  {
    flag: "self-register",
    good: { true: { selfRegister: true }, false: { selfRegister: false } },
    bad: ["", "yes", "TRUE"],
    right: /'true' or 'false'/,
  },
  {
    flag: "log-level",
    good: { debug: { logLevel: "debug" }, error: { logLevel: "error" } },
    bad: ["", "loud", "INFO"],
    right: /'debug' or 'info' or 'warn' or 'error'/,
  },
  {
    flag: "log-format",
    good: { pretty: { logFormat: "pretty" }, json: { logFormat: "json" }, "": {} },
    bad: ["xml"],
    right: /'pretty' or 'json'/,
  },
  {
    flag: "trace-every",
    good: { "0": {}, "1000": { traceEvery: 1_000 } },
    bad: ["", "-1", "1.5", "often", "1000000000"],
    right: /0 to 999999999/,
  },
  {
    flag: "demo",
    good: { true: { demo: true }, false: {} },
    bad: ["1"],
    right: /'true' or 'false'/,
  },
  {
    flag: "help",
    good: { true: { help: true }, false: {} },
    bad: ["1"],
    right: /'true' or 'false'/,
  },
];

const variableOf = (flag: string) => `MILLRACE_${flag.toUpperCase().replaceAll("-", "_")}`;

Deno.test("flags: without any, everything is as documented", () => {
  assert.deepEqual(read([]), STANDARD);
});

for (const { flag, good, bad, right } of CASES) {
  Deno.test(`flags: --${flag} is taken from the command line and from ${variableOf(flag)}`, () => {
    for (const [value, settings] of Object.entries(good)) {
      const expected = { ...STANDARD, ...settings };
      assert.deepEqual(read([`--${flag}=${value}`]), expected);
      assert.deepEqual(read([], { variables: { [variableOf(flag)]: value } }), expected);
    }
  });

  Deno.test(`flags: a bad --${flag} is named with its value and what would be right`, () => {
    const quoted = (value: string) =>
      RegExp.escape(flag === "admin-password" ? `(${value.length} characters)` : value);
    for (const value of bad) {
      const said = (source: string) =>
        new RegExp(`${source} '${quoted(value)}': it must be .*${right.source}`);
      refused([`--${flag}=${value}`], said(`--${flag}`));
      const variables = { [variableOf(flag)]: value };
      refused([], said(variableOf(flag)), { variables });
    }
  });
}

Deno.test("flags: a bad connection string is named without its password", () => {
  for (const wrong of ["esdbs://ann:secret@db", "http://ann:sec/ret@db", "esdb:/ann:secret@db"]) {
    refused([`--event-store=${wrong}`], /--event-store '(?!.*sec).*…@db': it must be/);
  }
});

Deno.test("flags: certificates and keys go together, and authorities and lists go with them", () => {
  const pair = ["--tls-cert=a.pem", "--tls-key=a.key"];
  assert.deepEqual(read(pair).tls, { certs: ["a.pem"], keys: ["a.key"] });
  assert.deepEqual(
    read(["--tls-cert", "a.pem,b.pem", "--tls-key", "a.key,b.key", "--tls-client-ca", "ca.pem"])
      .tls,
    { certs: ["a.pem", "b.pem"], keys: ["a.key", "b.key"], clientCa: "ca.pem" },
  );
  assert.deepEqual(read([...pair, "--tls-client-ca=ca.pem", "--tls-crl=crl.pem"]).tls, {
    certs: ["a.pem"],
    keys: ["a.key"],
    clientCa: "ca.pem",
    crl: "crl.pem",
  });
  refused(["--tls-cert=a.pem"], /1 of --tls-cert and 0 of --tls-key: each certificate needs/);
  refused(["--tls-key=a.key"], /0 of --tls-cert and 1 of --tls-key/);
  refused([...pair, "--tls-cert=a.pem,b.pem"], /2 of --tls-cert and 1 of --tls-key/);
  refused(["--tls-client-ca=ca.pem"], /--tls-client-ca: it needs --tls-cert and --tls-key/);
  refused([...pair, "--tls-crl=crl.pem"], /--tls-crl: it needs --tls-client-ca/);
});

Deno.test("flags: every one of them is in the help, and every line of the help is checked here", () => {
  const listed = [...helpText().matchAll(/^ {2}--([a-z-]+) /gm)].map(([, name]) => name);
  assert.deepEqual(new Set(listed), new Set(CASES.map(({ flag }) => flag)));
});

Deno.test("flags: the flag wins over the variable, and the last of two flags over the first", () => {
  const variables = { MILLRACE_HTTP_PORT: "1", MILLRACE_DEMO: "true", MILLRACE_MQTT_PORT: "x" };
  const settings = read(
    ["--http-port", "2", "--demo=false", "--mqtt-port", "3", "--mqtt-port=4"],
    { variables },
  );
  assert.deepEqual([settings.httpPort, settings.demo, settings.mqttPort], [2, false, 4]);
});

Deno.test("flags: a value follows after a space or after =, and switches need none", () => {
  const settings = read(["--data", "a=b", "--host==", "--demo", "--http-port", "1", "--help"]);
  assert.deepEqual([settings.data, settings.host, settings.httpPort], ["a=b", "=", 1]);
  assert.deepEqual([settings.demo, settings.help], [true, true]);
});

Deno.test("flags: one that needs a value and has none is refused", () => {
  refused(["--data"], /'--data': it needs a value/);
  refused(["--data", "--demo"], /'--data': it needs a value/);
});

Deno.test("flags: the log is for people on a terminal, and for machines elsewhere", () => {
  assert.equal(read([], { isTerminal: true }).logFormat, "pretty");
  assert.equal(read([], { isTerminal: false }).logFormat, "json");
  assert.equal(read(["--log-format", "json"], { isTerminal: true }).logFormat, "json");
});

Deno.test("flags: whatever is not a flag is refused, also the name of one without its dashes", () => {
  const known = new Set(CASES.map(({ flag }) => `--${flag}`));
  const unknown = fc.oneof(
    fc.string(),
    fc.string().map((text) => `--${text}`),
    fc.constantFrom(...CASES.flatMap(({ flag }) => [flag, `-${flag}`, `---${flag}`, `--${flag}s`])),
    fc.constantFrom("--HTTP-PORT", "--httpPort", "-h", "--", "-", "--constructor", "--__proto__"),
  ).filter((argument) => !known.has(argument.split("=", 1)[0]!));
  fc.assert(fc.property(unknown, (argument) => {
    assert.throws(() => read([argument]), UsageError);
    assert.throws(() => read(["--demo", argument, "x"]), UsageError);
  }));
});

Deno.test("flags: no error quotes a secret, also of a flag that was misspelt", () => {
  for (const args of [["--admin-password=hush"], ["--admin-pasword=hush-hush"]]) {
    assert.throws(() => read(args), (error: Error) => !error.message.includes("hush"));
  }
  const variables = { MILLRACE_ADMIN_PASSWORD: "hush" };
  assert.throws(() => read([], { variables }), (error: Error) => !error.message.includes("hush"));
});
