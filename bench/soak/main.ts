/**
 * `deno task soak [--minutes 10] [--rounds 200] [--seeds 5000]`: what takes too long for the tests'
 * own run. Memory under full load, kills under full load, and the simulation over many seeds.
 */
import { UsageError } from "../../actors/mod.ts";
import { crashRounds } from "../../tests/e2e/crash_rounds.ts";
import { simulateSessions } from "../../tests/simulation/sessions.ts";
import { simulate } from "../../tests/simulation/simulation.ts";
import { measureSteady } from "./steady.ts";

const STANDARD: Readonly<Record<string, number>> = { minutes: 10, rounds: 200, seeds: 5_000 };

async function main(args: readonly string[]): Promise<void> {
  const { minutes, rounds, seeds } = settings(args);
  if (minutes! > 0) await measureSteady(minutes!, say);
  if (rounds! > 0) {
    const seed = Math.floor(Math.random() * 1e6);
    say(`killing ${rounds} times under full load, seed ${seed}`);
    const { acknowledged, created, events, readyMs } = await crashRounds({
      rounds: rounds!,
      seed,
    });
    say(
      `  ${acknowledged} messages and ${created} commands acknowledged, each there exactly once ` +
        `in ${events} events; ready again in ${Math.max(...readyMs)} ms at most`,
    );
  }
  for (let seed = 1; seed <= seeds!; seed++) {
    await simulate(seed);
    if (seed % 10 === 0) await simulateSessions(seed);
    if (seed % 500 === 0) say(`simulated ${seed} seeds`);
  }
}

function settings(args: readonly string[]): Readonly<Record<string, number>> {
  const given: Record<string, number> = { ...STANDARD };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]!.replace(/^--/, "");
    const value = Number(args[at + 1]);
    if (!(name in STANDARD) || !Number.isInteger(value) || value < 0) {
      throw new UsageError(
        `Cannot soak with '${args[at]} ${args[at + 1] ?? ""}': --minutes, --rounds or --seeds ` +
          "with a whole number is needed",
      );
    }
    given[name] = value;
  }
  return given;
}

function say(text: string): void {
  // deno-lint-ignore no-console -- a command for people
  console.log(text);
}

await main(Deno.args);
