import {
  type Clock,
  type EventReader,
  openSecrets,
  silentLogger,
  systemClock,
} from "../../actors/mod.ts";
import { type Followed, type Models, openModels, ProjectionRunner } from "../../projections/mod.ts";
import { TestLog } from "./log.ts";

/** Keeps the process waiting, as the worker's open port does in the platform. */
const heldClock: Clock = {
  nowMs: () => systemClock.nowMs(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Follows the log to its end, as the platform does, and stops. */
export async function followed(
  events: EventReader,
  models: readonly Followed[],
): Promise<void> {
  const runner = new ProjectionRunner({
    events,
    clock: heldClock,
    logger: silentLogger,
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  });
  const stop = new AbortController();
  const ended = runner.run(models, stop.signal);
  const end = await events.lastPosition();
  const projections = models.map(({ projection }) => projection.name);
  const reached = await runner.waitFor(end, { projections, timeoutMs: 10_000 });
  stop.abort();
  await ended;
  if (!reached) throw new RangeError(`not all came to ${end}: ${JSON.stringify(runner.status())}`);
}

/** A log, and a folder with read models and secrets that can be opened again. */
export interface Installation {
  readonly log: TestLog;
  readonly folder: string;
  readonly secrets: ReturnType<typeof openSecrets>;
  open(): Models;
}

export async function withInstallation(
  run: (installation: Installation) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const secrets = openSecrets(folder);
  const log = new TestLog();
  try {
    await run({
      log,
      folder,
      secrets,
      open: () => openModels(folder, { persons: secrets, onAccess: () => {} }),
    });
  } finally {
    await log.store.close();
    secrets.close();
    await Deno.remove(folder, { recursive: true });
  }
}

export async function closed(models: Models): Promise<void> {
  for (const { readModel } of models.followed) await readModel.close();
}
