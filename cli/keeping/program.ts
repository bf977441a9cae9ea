import { parseArgs } from "node:util";
import { StorageFull, TransientError, UsageError } from "../../actors/mod.ts";
import { exitCode } from "../exit_code.ts";
import type { ProgressGround } from "../progress/mod.ts";

/** sysexits.h: try again later. */
const EX_TEMPFAIL = 75;

/** What a program beside the platform gets from its terminal. */
export type ProgramGround = ProgressGround & {
  readonly env: (name: string) => string | undefined;
};

/** One program, by what it is asked with. */
export interface Program {
  /** As an error names it: 'move the log'. */
  readonly does: string;
  readonly usage: string;
  /** Flags that take a value. */
  readonly flags: readonly string[];
  run(flags: Readonly<Record<string, string>>, ground: ProgramGround): Promise<void>;
}

/** Runs a program with its arguments; answers the exit code. */
export async function ran(
  program: Program,
  { args, ground }: { readonly args: readonly string[]; readonly ground: ProgramGround },
): Promise<number> {
  try {
    const flags = flagsIn(program, args);
    if (flags === undefined) ground.say(program.usage);
    else await program.run(flags, ground);
    return 0;
  } catch (error) {
    ground.say(error instanceof Error ? error.message : String(error));
    // Where an engine went away meanwhile, the same command goes on later.
    const isAway = error instanceof TransientError && !(error instanceof StorageFull);
    return isAway ? EX_TEMPFAIL : exitCode(error);
  }
}

/** As the command line has it, on standard output. */
export async function runProgram(program: Program): Promise<never> {
  const encoder = new TextEncoder();
  Deno.exit(
    await ran(program, {
      args: Deno.args,
      ground: {
        isTerminal: Deno.stdout.isTerminal(),
        say: (text) => Deno.stdout.writeSync(encoder.encode(`${text}\n`)),
        env: (name) => Deno.env.get(name),
      },
    }),
  );
}

/** Undefined where the usage was asked for. */
function flagsIn(
  { does, flags }: Program,
  args: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const options = Object.fromEntries(flags.map((name) => [name, { type: "string" }] as const));
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: "boolean" } },
    });
    // Every other flag was said to take a text.
    return values["help"] === true ? undefined : values as Record<string, string>;
  } catch (cause) {
    throw new UsageError(
      `Cannot ${does}: ${cause instanceof Error ? cause.message : cause}, --help says how`,
      { cause },
    );
  }
}

export function required(flag: string | undefined, what: string): string {
  if (flag !== undefined && flag !== "") return flag;
  throw new UsageError(`Cannot go on without ${what}, --help says how`);
}
