/** What the server does wrong, as a test switches it; counts go down as they are used up. */
export interface Faults {
  /** Before anything is done with an append. */
  appendDelayMs: number;
  /** Appends that are stored and never answered. */
  answersDropped: number;
  /** Appends that are stored, and whose connection then breaks. */
  connectionsCut: number;
  /** Appends that are refused, and not stored, because another node leads. */
  appendsRefused: number;
  /** Where the leader is said to be; this server itself if not set. */
  leaderPort: number | undefined;
  /** Before each event of a read of the whole log. */
  allDelayMs: number;
  /** Reads that are never answered. */
  readsHanging: number;
  /** The user may read nothing. */
  readsDenied: boolean;
}

export function noFaults(): Faults {
  return {
    appendDelayMs: 0,
    answersDropped: 0,
    connectionsCut: 0,
    appendsRefused: 0,
    leaderPort: undefined,
    allDelayMs: 0,
    readsHanging: 0,
    readsDenied: false,
  };
}

/** Whether one of a count is left; takes it. */
export function takeOne(
  faults: Faults,
  count: "answersDropped" | "connectionsCut" | "appendsRefused" | "readsHanging",
): boolean {
  if (faults[count] === 0) return false;
  faults[count]--;
  return true;
}

export function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
