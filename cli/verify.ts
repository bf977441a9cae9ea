import { UsageError } from "../actors/mod.ts";
import { examineBundle } from "./history_bundle.ts";

/** Largest bundle that is read at once, in bytes. */
const BUNDLE_BYTES_MAX = 256 * 1024 * 1024;

const USAGE = `Checks an exported history offline.

  deno task verify FILE [--signer SHA256]

  FILE      what GET /{things,channels,users,domains}/{id}/history/export answered
  --signer  fingerprint that the signer's key must have, as an earlier check printed it

Exit code: 0 unchanged, 1 changed, 64 not a bundle or wrong usage`;

/** sysexits.h: the command was used incorrectly. */
const EX_USAGE = 64;

/** Checks the file that `args` name; prints to `say`, answers the exit code. */
export function verifyFile(args: readonly string[], say: (text: string) => void): number {
  const [file, flag, signer, ...more] = args;
  const misused = file === undefined || file.startsWith("--") || more.length > 0 ||
    (flag !== undefined && (flag !== "--signer" || signer === undefined));
  if (misused) {
    say(USAGE);
    return file === "--help" ? 0 : EX_USAGE;
  }
  try {
    const found = examineBundle(textOf(file));
    const problems = signer === undefined || signer === found.signer
      ? found.problems
      : [...found.problems, `signed by ${found.signer}, not by ${signer}`];
    const { kind, id } = found.entity;
    say(`History of ${kind} ${id}, exported ${found.exportedAt}, ${found.count} events`);
    say(`Signer   ${found.signer}`);
    for (const problem of problems) say(`CHANGED  ${problem}`);
    if (problems.length > 0) return 1;
    say("VERIFIED every event is as it was written, none is missing, added or moved");
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    return EX_USAGE;
  }
}

function textOf(file: string): string {
  try {
    const { size } = Deno.statSync(file);
    if (size > BUNDLE_BYTES_MAX) {
      throw new UsageError(
        `Cannot read '${file}': ${size} bytes are more than ${BUNDLE_BYTES_MAX}`,
      );
    }
    return Deno.readTextFileSync(file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot read '${file}': ${why}`, { cause });
  }
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  Deno.exit(verifyFile(Deno.args, (text) => Deno.stdout.writeSync(encoder.encode(`${text}\n`))));
}
