/**
 * What the read models of all projections stand on: one SQLite file for each, with its checkpoint.
 *
 * Main path: a store extends `FileReadModel`, which opens `<folder>/<name>-<version>.db` with its
 * tables, and applies the writes of a page together with the checkpoint in one transaction.
 *
 * A file is a view: deleting it while the platform is stopped loses nothing. So commits are not
 * flushed one by one: after a crash of the machine the log is simply followed again.
 */
export { FileReadModel } from "./file_read_model.ts";
export { openReadModelFile, type ReadModelFile } from "./read_model_file.ts";
