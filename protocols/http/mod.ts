/**
 * The HTTP edge: the management API that Mainflux's clients know, one port for everything.
 *
 * Main path: `serveHttp` serves what `httpApp` puts together; a route checks the caller, validates by
 * its schema, sends a command to an actor, waits until the read models show it, and answers.
 *
 * Only this folder knows HTTP numbers. Nothing is decided here: refusals come from the actors, and
 * are translated in problem.ts.
 */
import { registerChannels } from "./channels/mod.ts";
import { registerConnections } from "./connections/mod.ts";
import { registerDomains } from "./domains/mod.ts";
import { registerHistory } from "./history/mod.ts";
import { registerKeys } from "./keys/mod.ts";
import { registerMailbox } from "./mailbox/mod.ts";
import { registerReading, registerTraffic } from "./messages/mod.ts";
import { registerOperations } from "./ops/mod.ts";
import type { RouteGroup } from "./route.ts";
import { registerSessions } from "./sessions/mod.ts";
import { registerThings } from "./things/mod.ts";
import { registerUsers } from "./users/mod.ts";

export { httpApp } from "./app.ts";
export { HttpCounters } from "./counters.ts";
export type { EngineName, HttpGround } from "./ground.ts";
export type { HttpApp, HttpContext, RouteGroup } from "./route.ts";
export { type HttpsServer, serveHttps } from "./https.ts";
export { type HttpServer, serveHttp } from "./server.ts";
export { type WebSocketPath, webSocketRoute } from "./web_sockets.ts";
export { hashPassword } from "./auth/mod.ts";
export {
  type Labelled,
  type LoopLag,
  type MetricName,
  METRICS,
  type MetricSources,
  type MetricValue,
  type MetricValues,
  platformMetrics,
  watchLoopLag,
} from "./ops/mod.ts";

/** What devices speak to. */
export const DEVICE_ROUTES: readonly RouteGroup[] = [registerTraffic];

/** Things, channels, users and what belongs to them. */
export const MANAGEMENT: readonly RouteGroup[] = [
  registerUsers,
  registerKeys,
  registerConnections,
  registerThings,
  registerSessions,
  registerChannels,
  registerDomains,
  registerMailbox,
];

/** What people and applications speak to. */
export const API_ROUTES: readonly RouteGroup[] = [registerReading, registerHistory, ...MANAGEMENT];

/** What operators ask of every process. */
export const OPERATIONS: readonly RouteGroup[] = [registerOperations];
