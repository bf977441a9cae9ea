import { type Figure, median, table } from "../../report.ts";
import type { Arrivals } from "./arrivals.ts";
import { lagBetween, type Sample, withoutCpu } from "./figures.ts";
import type { Ledger } from "./ledger.ts";
import type { Notes } from "./scene.ts";

const MEMORY_GROWTH_MAX = 1.15;
const LAG_P99_MS_MAX = 50;

export interface Kept {
  readonly ledgers: readonly Ledger[];
  /** By publisher, how many of its messages must have come to everybody of its channel. */
  readonly lost: number;
  readonly arrivals: Arrivals;
  readonly samples: readonly Sample[];
  readonly notes: Notes;
}

/** The figures in words, and whether every message was kept as promised. */
export function verdict({ ledgers, lost, arrivals, samples, notes }: Kept): {
  readonly text: string;
  readonly isKept: boolean;
} {
  const sum = (of: (ledger: Ledger) => number) =>
    ledgers.reduce((total, ledger) => total + of(ledger), 0);
  const doubled = sum((ledger) => ledger.doubled);
  const outOfOrder = sum((ledger) => ledger.outOfOrder);
  const lostInAll = lost + arrivals.lost;
  const early = sixth(samples, 1);
  const late = sixth(samples, 5);
  const none = "0";
  const figures: readonly Figure[] = [
    { name: "messages lost", value: lostInAll, unit: "", goal: none },
    { name: "QoS 2 delivered again", value: doubled, unit: "", goal: none },
    { name: "delivered out of order", value: outOfOrder, unit: "", goal: none },
    { name: "QoS 1 delivered again", value: sum(({ repeated }) => repeated), unit: "" },
    { name: "single messages and wills awaited", value: arrivals.settled, unit: "" },
    { name: "memory, second sixth", value: early, unit: "MiB" },
    { name: "memory, last sixth", value: late, unit: "MiB" },
    {
      name: "memory, last to second sixth",
      value: late / early,
      unit: "x",
      goal: `<= ${MEMORY_GROWTH_MAX}`,
    },
    {
      name: "event loop lag, p99",
      value: lagBetween({ before: samples[0], after: samples.at(-1)! }, 0.99),
      unit: "ms",
      goal: `< ${LAG_P99_MS_MAX}`,
    },
    {
      name: "main thread ready and without a CPU",
      value: 100 * withoutCpu({ before: samples[0], after: samples.at(-1)! }),
      unit: "% of the time",
    },
    { name: "surprises", value: notes.surprises, unit: "", goal: none },
  ];
  const deeds = [...notes.deeds].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([deed, count]) => `  ${String(count).padStart(8)}  ${deed}`);
  const missing = arrivals.some(5).map((name) => `  never came: ${name}`);
  return {
    text: [...deeds, ...missing, table(figures)].join("\n"),
    isKept: lostInAll === 0 && doubled === 0 && outOfOrder === 0,
  };
}

/** The median of memory in the sixth of that number, counted from 0. */
function sixth(samples: readonly Sample[], number: number): number {
  const from = Math.floor(samples.length * number / 6);
  const to = Math.max(from + 1, Math.floor(samples.length * (number + 1) / 6));
  return median(samples.slice(from, to).map(({ residentMiB }) => residentMiB));
}
