import { InvariantViolation, StorageFull, TransientError } from "../../errors.ts";

/**
 * Runs `work` and translates what SQLite throws; node:sqlite gives texts, no codes. `action` names
 * the file.
 */
export function sqliteTranslated<T>(action: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(action, error);
  }
}

function translate(action: string, cause: unknown): unknown {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/database or disk is full/.test(text)) {
    return new StorageFull(`Cannot ${action}: the disk is full, free some room`, { cause });
  }
  // The memory map beside the write-ahead log reports a full disk so, and so does a broken one.
  if (/disk I\/O error/.test(text)) {
    return new StorageFull(`Cannot ${action}: the disk is full or failing (${text})`, { cause });
  }
  if (/database is locked|database table is locked/.test(text)) {
    return new TransientError(`Cannot ${action}: the file is locked by another process`, { cause });
  }
  if (/malformed|not a database|unsupported file format/.test(text)) {
    return new InvariantViolation(`Cannot ${action}: the file is damaged (${text})`, { cause });
  }
  if (/database is not open|statement has been finalized/.test(text)) {
    return new TransientError(`Cannot ${action}: it is closed`, { cause });
  }
  if ((cause as { code?: unknown } | null)?.code === "ERR_SQLITE_ERROR") {
    return new InvariantViolation(`Cannot ${action}: ${text}`, { cause });
  }
  return cause;
}
