import { openTracing, withoutSecrets } from "./actors/mod.ts";
import {
  demonstrate,
  exitCode,
  helpText,
  pinoLogger,
  readSettings,
  runSecrets,
  say,
  startBlock,
  stopSignal,
  takeDataFolder,
  variablesAndFiles,
} from "./cli/mod.ts";
import { startPlatform } from "./composition/mod.ts";

/** A stop takes no longer: what is not flushed by then was not acknowledged. */
const STOP_MS_MAX = 10_000;

async function main(): Promise<number> {
  const env = variablesAndFiles((name) => Deno.env.get(name));
  const settings = readSettings(Deno.args, { env, isTerminal: Deno.stderr.isTerminal() });
  if (settings.help) {
    say(helpText());
    return 0;
  }
  // Where the size of files is limited, a write past it then fails as on a full disk.
  Deno.addSignalListener("SIGXFSZ", () => {});
  const startedMs = performance.now();
  const { logLevel: level, logFormat: format } = settings;
  const logger = pinoLogger({ level, format, secrets: runSecrets(settings, env) });
  const tracing = await openTracing(env);
  const folder = takeDataFolder(settings.data);
  const platform = await startPlatform({ settings, folder, logger, tracing });
  folder.announceReady(platform.addresses);
  const { addresses, generatedPassword } = platform;
  say(startBlock({
    addresses,
    settings,
    readyMs: performance.now() - startedMs,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
  }));
  const stopped = stopSignal();
  if (settings.demo) await demonstrate({ addresses, settings, folder, say });
  await stopped;
  const late = setTimeout(() => {
    logger.error("the stop took too long");
    Deno.exit(0);
  }, STOP_MS_MAX);
  await platform.stop();
  clearTimeout(late);
  folder.release();
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    const known = exitCode(error);
    const { stack = "", message } = error as Error;
    const text = withoutSecrets(known === 1 ? stack : message);
    Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
    Deno.exit(known);
  }
}
