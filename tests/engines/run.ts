/**
 * `deno task test:engines`: obtains the real engines, runs the tests that need them, and ends
 * `N passed, N failed`. Arguments go to `deno test` (a file, a folder, --filter).
 */
import { runTests, say } from "../run.ts";
import { EngineMissing, obtainInfluxd } from "../support/influxd/mod.ts";

/** Each sees to it that its program is there; a test finds it where it was left. */
const ENGINES: readonly ((say: (text: string) => void) => Promise<unknown>)[] = [obtainInfluxd];

async function main(args: readonly string[]): Promise<number> {
  for (const obtain of ENGINES) {
    try {
      await obtain(say);
    } catch (error) {
      if (!(error instanceof EngineMissing)) throw error;
      say(error.message);
      return 69;
    }
  }
  return await runTests(args.length > 0 ? args : ["tests/engines/"]);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
