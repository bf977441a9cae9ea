/**
 * Messages by HTTP: published by things, read by whoever may.
 *
 * Main path: `ingest.ts` checks key, access, type and payload, and hands the message to ingress,
 * which settles when it is durable; `readers.ts` and `last_values.ts` ask the time series, `raw.ts` reads the log itself,
 * `live.ts` listens to the feed.
 *
 * Nothing is answered 202 before it is durable, and nothing here holds a list without a bound.
 */
import type { HttpGround } from "../ground.ts";
import type { HttpApp } from "../route.ts";
import { registerIngest } from "./ingest.ts";
import { registerLastValues } from "./last_values.ts";
import { registerLive } from "./live.ts";
import { registerRaw } from "./raw.ts";
import { registerReaders } from "./readers.ts";

/** What things publish and listeners hear. */
export function registerTraffic(app: HttpApp, ground: HttpGround): void {
  registerIngest(app, ground);
  registerLive(app, ground);
}

/** What was said before. */
export function registerReading(app: HttpApp, ground: HttpGround): void {
  registerLastValues(app, ground);
  registerRaw(app, ground);
  registerReaders(app, ground);
}
