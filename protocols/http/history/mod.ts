/**
 * What happened to things, channels, users and domains.
 *
 * Main path: `history.ts` pages over the history read model and reads the events themselves from the
 * log; `export.ts` streams them as a signed bundle that can be checked without the platform.
 *
 * Nothing sealed is opened: answers mask it, bundles keep it sealed, because the hash covers it.
 */
import type { HttpGround } from "../ground.ts";
import type { HttpApp } from "../route.ts";
import { registerExport } from "./export.ts";
import { registerEntityHistory } from "./history.ts";

export { mayReadHistory } from "./history.ts";

export function registerHistory(app: HttpApp, ground: HttpGround): void {
  registerEntityHistory(app, ground);
  registerExport(app, ground);
}
