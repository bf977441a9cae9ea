import { findPackageJSON } from "node:module";
import { InvariantViolation } from "../../actors/mod.ts";

/** One day at one place. */
export interface Observation {
  readonly city: string;
  /** Noon of the day, in seconds since the Unix epoch. */
  readonly timeS: number;
  /** A SenML pack (RFC 8428) of five records. */
  readonly senml: string;
}

/** Measurements that one observation holds. */
export const RECORDS_PER_OBSERVATION = 5;

const COLUMNS = "location,date,precipitation,temp_max,temp_min,wind,weather";
const NOON_S = 43_200;

/**
 * Four years of daily observations of Seattle and New York, 2012 to 2015: `weather.csv` of
 * vega-datasets (BSD-3-Clause), after NOAA's daily summaries.
 */
export async function weatherObservations(): Promise<readonly Observation[]> {
  // The package exports no data files, so its folder is asked for; importing it brings it there.
  await import("vega-datasets");
  const manifest = findPackageJSON("vega-datasets", import.meta.url);
  if (manifest === undefined) {
    throw new InvariantViolation("Cannot find the folder of 'vega-datasets': it was just imported");
  }
  const csv = await Deno.readTextFile(manifest.replace(/package\.json$/, "data/weather.csv"));
  return parsedWeather(csv);
}

/** Rows without quotes or commas inside, as this one file has them. */
export function parsedWeather(csv: string): readonly Observation[] {
  const [head, ...rows] = csv.trim().split(/\r?\n/);
  if (head !== COLUMNS) {
    throw new InvariantViolation(`Cannot read weather.csv: its columns must be '${COLUMNS}'`);
  }
  return rows.map((row) => {
    const [city, date, precipitation, max, min, wind, weather] = row.split(",");
    const timeS = Date.parse(`${date}T00:00:00Z`) / 1_000 + NOON_S;
    const senml = JSON.stringify([
      { bt: timeS, n: "temperature-max", u: "Cel", v: Number(max) },
      { n: "temperature-min", u: "Cel", v: Number(min) },
      { n: "precipitation", u: "mm", v: Number(precipitation) },
      { n: "wind", u: "m/s", v: Number(wind) },
      { n: "weather", vs: weather },
    ]);
    return { city: city!, timeS, senml };
  });
}
