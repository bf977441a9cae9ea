/**
 * The event log in one SQLite file.
 *
 * Main path: `Writer` collects the appends of one turn into one buffer and transfers it to
 * `writer_worker.ts`; there `SqliteEngine` commits all groups that wait with one flush; readers
 * follow on connections of their own, woken by `CommitSignal`.
 *
 * Only this folder knows SQLite's tables and texts. Only one process may write a file.
 */
export { openSqliteLogCopy, openStoredSqliteLog } from "./copying.ts";
export {
  openInlineEventStore,
  openSqliteEventReader,
  openSqliteEventStore,
  type SqliteEventStoreOptions,
} from "./sqlite_event_store.ts";
export { copySqliteFile, type ExaminedLog, examineSqliteLog } from "./file_copy.ts";
export { sqliteTranslated } from "./sqlite_errors.ts";
