/** Characters of the longest name that a figure is expected to have. */
const NAME_WIDTH = 66;

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the issue or the design asks for, as text. */
  readonly goal?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function table(figures: readonly Figure[]): string {
  const lines = figures.map(({ name, value, unit, goal }) => {
    const shown = Math.abs(value) >= 100
      ? Math.round(value).toLocaleString("en")
      : value.toFixed(2);
    return `  ${name.padEnd(NAME_WIDTH)}${shown.padStart(12)} ${unit.padEnd(16)}${goal ?? ""}`;
  });
  return [
    "",
    `  ${"figure".padEnd(NAME_WIDTH)}${"measured".padStart(12)} ${"unit".padEnd(16)}goal`,
    ...lines,
    "",
  ]
    .join("\n");
}
