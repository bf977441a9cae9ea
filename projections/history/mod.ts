/**
 * Where the history of each entity stands in the log.
 *
 * Main path: each lifecycle and session event adds a line for the entities that it concerns;
 * `historyQueries` pages over the lines, and the caller reads the events themselves from the log.
 *
 * Nothing of an event's content is kept here: the log is the history, this is its index.
 */
export {
  type HistoryLine,
  historyProjection,
  type HistoryQueries,
  historyQueries,
  type HistoryQuestion,
  HistoryStore,
  type HistoryWrite,
} from "./history.ts";
