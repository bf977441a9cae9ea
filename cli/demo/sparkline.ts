const BARS = "▁▂▃▄▅▆▇█";

/** One bar a value, the smallest lowest and the largest highest; a gap where there is no number. */
export function sparkline(values: readonly number[]): string {
  const numbers = values.filter(Number.isFinite);
  const low = Math.min(...numbers);
  const span = Math.max(...numbers) - low || 1;
  return values.map((value) =>
    Number.isFinite(value) ? BARS[Math.round((value - low) / span * (BARS.length - 1))] : " "
  ).join("");
}
