/**
 * What the read models of all projections stand on: one SQLite file for each, with its checkpoint.
 *
 * Main path: a store opens `<folder>/<name>-<version>.db`, makes its tables, and applies the writes
 * of a page together with the checkpoint in one transaction.
 *
 * A file is a view: deleting it while the platform is stopped loses nothing. So commits are not
 * flushed one by one: after a crash of the machine the log is simply followed again.
 */
export { openReadModelFile, type ReadModelFile } from "./read_model_file.ts";
