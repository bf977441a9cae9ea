/**
 * How far long work is: a bar on a terminal, plain lines where nobody watches.
 *
 * Main path: whoever works asks for a `Progress` when a step begins, tells it where it is, and ends it.
 *
 * Nothing here knows what the work is; it is shown, and never waited for.
 */
// @ts-types="@types/cli-progress"
import cliProgress from "cli-progress";
import process from "node:process";

/** Time between two plain lines. */
const LINE_MS = 5_000;

export interface Progress {
  /** How much of the total is done, and what is to be said beside it. */
  at(done: number, says?: string): void;
  end(): void;
}

export interface ProgressGround {
  readonly isTerminal: boolean;
  readonly say: (text: string) => void;
}

/** `unit` says what `total` counts; a bar shows both numbers only if it is given. */
export function progressOf(
  { isTerminal, say }: ProgressGround,
  step: { readonly name: string; readonly total: number; readonly unit?: string },
): Progress {
  return isTerminal ? bar(step) : lines(say, step);
}

function bar(
  { name, total, unit }: { readonly name: string; readonly total: number; readonly unit?: string },
): Progress {
  const count = unit === undefined ? "{percentage} %  {says}" : `{value}/{total} ${unit}`;
  const drawn = new cliProgress.SingleBar({
    format: `  ${name}{bar} ${count}  {duration_formatted}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    stream: process.stdout,
  });
  drawn.start(total, 0, { says: "" });
  return { at: (done, says = "") => drawn.update(done, { says }), end: () => drawn.stop() };
}

function lines(
  say: (text: string) => void,
  { name, total }: { readonly name: string; readonly total: number },
): Progress {
  let saidMs = performance.now();
  return {
    at(done, says = "") {
      const nowMs = performance.now();
      if (nowMs - saidMs < LINE_MS) return;
      saidMs = nowMs;
      const percent = total === 0 ? 100 : Math.floor(done * 100 / total);
      say(`  ${name.trim()} ${percent} %  ${says}`.trimEnd());
    },
    end: () => {},
  };
}
