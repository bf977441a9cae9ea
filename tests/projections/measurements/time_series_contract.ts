import { aggregates } from "./contract/aggregates.ts";
import { checking, type LastingTimeSeries, type OpenedTimeSeries } from "./contract/checking.ts";
import { documents } from "./contract/documents.ts";
import { seriesFilters, valueFilters } from "./contract/filters.ts";
import { checkpoints, identity, lasting } from "./contract/identity.ts";
import { domains, lastValues } from "./contract/last_values.ts";
import { paging, rows } from "./contract/rows.ts";

/*
 * The port of the time series in executable form. It speaks to the port alone, and waits for every
 * answer: an adapter whose engine is elsewhere passes this file unchanged.
 */

export type { LastingTimeSeries, OpenedTimeSeries };

export function timeSeriesContract(name: string, open: () => Promise<OpenedTimeSeries>): void {
  const check = checking(name, open);
  rows(check);
  paging(check);
  seriesFilters(check);
  valueFilters(check);
  aggregates(check);
  documents(check);
  identity(check);
  checkpoints(check);
  lastValues(check);
  domains(check);
}

/** For adapters that keep what they hold, which is every real one. */
export function lastingTimeSeriesContract(
  name: string,
  open: () => Promise<LastingTimeSeries>,
): void {
  lasting(checking(name, open));
}
