import assert from "node:assert/strict";
import { runSecrets } from "../../cli/mod.ts";

const none = () => undefined;

Deno.test("run secrets: are the administrator's password, that of the log, and the tokens of the environment", () => {
  const env = (name: string) =>
    ({ MILLRACE_INFLUXDB_TOKEN: "influx-token", OTEL_EXPORTER_OTLP_HEADERS: "api-key=abc" })[name];
  const settings = {
    adminPassword: "a long one",
    eventStore: "esdb://ann:p%40ss@db:2113?tls=true",
  };
  assert.deepEqual(runSecrets(settings, env), [
    "a long one",
    "p%40ss",
    "p@ss",
    "influx-token",
    "api-key=abc",
  ]);
});

Deno.test("run secrets: there are none on the embedded standard, and an escape that is none stays as it is", () => {
  assert.deepEqual(runSecrets({ adminPassword: undefined, eventStore: "sqlite" }, none), []);
  const eventStore = "esdb+discover://ann:100%@a:1,b:2";
  assert.deepEqual(runSecrets({ adminPassword: undefined, eventStore }, none), ["100%"]);
});
