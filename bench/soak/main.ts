/**
 * `deno task soak [--minutes 10] [--rounds 200] [--seeds 5000]`: what takes too long for the tests'
 * own run. Memory under full load, kills under full load, and the simulation over many seeds.
 *
 * `deno task soak mqtt [--minutes 60] [--seed n]`: MQTT clients that come, go and misbehave.
 *
 * `deno task soak sessions [--sessions 200] [--kills 20] [--messages 500] [--seed n]`: sessions that
 * outlive their connection, on a platform that is killed again and again.
 */
import { UsageError } from "../../actors/mod.ts";
import { crashRounds } from "../../tests/e2e/crash_rounds.ts";
import { durableCrashRounds } from "../../tests/e2e/durable_crash_rounds.ts";
import { simulateSessions } from "../../tests/simulation/sessions.ts";
import { simulate } from "../../tests/simulation/simulation.ts";
import { soakMqtt } from "./mqtt/mod.ts";
import { measureSteady } from "./steady.ts";

type Numbers = Readonly<Record<string, number>>;

interface Soak {
  /** Its flags and what they are unless given. */
  readonly standard: () => Numbers;
  /** Answers whether the platform kept its promises; a broken one may be thrown too. */
  readonly run: (given: Numbers) => Promise<boolean>;
}

const SOAKS: Readonly<Record<string, Soak>> = {
  "": { standard: () => ({ minutes: 10, rounds: 200, seeds: 5_000 }), run: soakWhole },
  "mqtt": {
    standard: () => ({ minutes: 60, seed: someSeed() }),
    run: ({ minutes, seed }) => soakMqtt({ minutes: minutes!, seed: seed! }, say),
  },
  "sessions": {
    standard: () => ({ sessions: 200, kills: 20, messages: 500, seed: someSeed() }),
    run: soakSessions,
  },
};

async function main(args: readonly string[]): Promise<void> {
  const name = args[0]?.startsWith("--") === false ? args[0] : "";
  const soak = SOAKS[name];
  if (soak === undefined) {
    const known = Object.keys(SOAKS).filter((each) => each !== "").map((each) => `'${each}'`);
    throw new UsageError(`Cannot soak '${name}': nothing, ${known.join(" or ")} is needed`);
  }
  const isKept = await soak.run(settings(name === "" ? args : args.slice(1), soak.standard()));
  if (!isKept) Deno.exitCode = 1;
}

async function soakWhole({ minutes, rounds, seeds }: Numbers): Promise<boolean> {
  if (minutes! > 0) await measureSteady(minutes!, say);
  if (rounds! > 0) {
    const seed = someSeed();
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
  return true;
}

async function soakSessions({ sessions, kills, messages, seed }: Numbers): Promise<boolean> {
  say(
    `killing ${kills} times under ${sessions} sessions of ${messages} messages each, seed ${seed}`,
  );
  const startedMs = performance.now();
  await durableCrashRounds({
    kills: kills!,
    sessions: sessions!,
    messagesEach: messages!,
    seed: seed!,
  });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  say(`  all of QoS 1 arrived and is stored, all of QoS 2 once, in ${seconds} s`);
  return true;
}

function settings(args: readonly string[], standard: Numbers): Numbers {
  const given: Record<string, number> = { ...standard };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]!.replace(/^--/, "");
    const value = Number(args[at + 1]);
    if (!(name in standard) || !Number.isInteger(value) || value < 0) {
      const flags = Object.keys(standard).map((each) => `--${each}`).join(", ");
      throw new UsageError(
        `Cannot soak with '${args[at]} ${args[at + 1] ?? ""}': of ${flags} one is needed, with a ` +
          "whole number",
      );
    }
    given[name] = value;
  }
  return given;
}

function someSeed(): number {
  return Math.floor(Math.random() * 1e6);
}

function say(text: string): void {
  // deno-lint-ignore no-console -- a command for people
  console.log(text);
}

await main(Deno.args);
