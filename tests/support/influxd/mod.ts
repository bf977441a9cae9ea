/**
 * A real influxd for the tests of the adapter: built from its own Go modules, started on free ports.
 *
 * Main path: `obtainInfluxd` builds the program once into the user's cache folder; `startInfluxd`
 * starts it on an empty folder, sets up an organisation and a token, and can kill and restart it.
 *
 * Nothing here stands in for InfluxDB: without the program a test fails, and says how to get it.
 */
export { INFLUXD_VERSION, obtainInfluxd } from "./build.ts";
export { EngineMissing } from "./engine_missing.ts";
export { type Influxd, type InfluxdTls, startInfluxd } from "./server.ts";
export { type StallingProxy, startStallingProxy } from "./stalling_proxy.ts";
