import type { Settings } from "./flags.ts";

/** The token of InfluxDB comes by this variable alone, never by a flag that others could see. */
const TOKEN_VARIABLES = ["MILLRACE_INFLUXDB_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS"] as const;

/** Secrets that this run was started with, in every form that an error could quote. */
export function runSecrets(
  { adminPassword, eventStore }: Pick<Settings, "adminPassword" | "eventStore">,
  env: (name: string) => string | undefined,
): readonly string[] {
  const given = [
    adminPassword,
    ...passwordsIn(eventStore),
    ...TOKEN_VARIABLES.map(env),
  ];
  return given.filter((secret) => secret !== undefined && secret !== "") as string[];
}

/** As it stands in the connection string, and as it is sent. */
function passwordsIn(connectionString: string): readonly string[] {
  const [, password] = /^[^:]+:\/\/[^:]*:(.*)@/.exec(connectionString) ?? [];
  if (password === undefined) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // No escape at all: it is sent as it stands.
    return [password];
  }
}
