/**
 * What happened to things, channels, users and domains.
 *
 * Main path: `history.ts` pages over the history read model and reads the events themselves from the
 * log; `export.ts` streams them as a signed bundle that can be checked without the platform.
 *
 * Sealed members are masked in answers; in bundles they stay sealed, because the hash covers them.
 */
import type { HttpGround } from "../ground.ts";
import type { HttpApp } from "../route.ts";
import { registerExport } from "./export.ts";
import { registerEntityHistory } from "./history.ts";

export function registerHistory(app: HttpApp, ground: HttpGround): void {
  registerEntityHistory(app, ground);
  registerExport(app, ground);
}
