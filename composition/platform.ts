import { systemClock } from "../actors/mod.ts";
import { type Addresses, ensureInstallation, joinInstallation } from "../cli/mod.ts";
import { openActors } from "./actors.ts";
import { openCore } from "./core.ts";
import { openFront } from "./front.ts";
import { type Ground, has } from "./ground.ts";
import { openLine } from "./line.ts";
import { openViews } from "./views.ts";

export type { Ground };

export interface Platform {
  readonly addresses: Addresses;
  readonly generatedPassword?: string;
  stop(): Promise<void>;
}

/** Puts the parts together on the engines that were given, and opens those that the roles ask for. */
export async function startPlatform(ground: Ground): Promise<Platform> {
  const core = await openCore(ground);
  const line = await openLine(ground, core);
  const actors = openActors(ground, { core, line });
  await actors.begin();
  const installing = { ...ground, ...core, runtime: actors.commands, clock: systemClock };
  const installation = has(ground, "api")
    ? await ensureInstallation(installing)
    : await joinInstallation(installing);
  const views = await openViews(ground, core);
  const front = await openFront(ground, { core, line, actors, views, installation });
  const { generatedPassword } = installation;
  return {
    addresses: front.addresses,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
    async stop() {
      await front.stop();
      await views.stop();
      await actors.stop();
      await line.stop();
      await core.stop();
    },
  };
}
