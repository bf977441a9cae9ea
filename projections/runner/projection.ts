import type { RecordedEvent } from "../../actors/mod.ts";

/** How one view follows the log: pure, so that a rebuild gives what was there before. */
export interface Projection<W> {
  /** Never rename: it names the read model's file and checkpoint. */
  readonly name: string;
  /** A higher one is built anew beside the old. */
  readonly version: number;
  /** Prefixes of the streams it needs; absent means all. */
  readonly streamPrefixes?: readonly string[];
  /** Types of events it answers; others only move the checkpoint. */
  readonly handles: readonly string[];
  project(event: RecordedEvent): readonly W[];
}

/** Sees the events of one slice through: called when they were projected, then when they are written. */
export interface WatchedSlice {
  projected(): void;
  /** With what went wrong, if something did. */
  written(error?: string): void;
}

/** Called before a projection takes a slice of events; undefined if nobody wants to know of these. */
export type WatchSlice = (
  projection: Pick<Projection<unknown>, "name">,
  events: readonly RecordedEvent[],
) => WatchedSlice | undefined;

/** Where the writes of a projection go, together with how far it has come. */
export interface ReadModel<W> {
  /** Milliseconds that one slice of a page should take; absent where it holds up the thread. */
  readonly sliceMs?: number;
  /** Its engine runs elsewhere: while that is away, the projection waits. */
  readonly mayBeAway?: true;
  /** Position durably reached; 0 at the start. */
  checkpoint(): Promise<number>;
  /**
   * Writes and checkpoint in one transaction; where an engine has none, writes first, and applying
   * the same writes twice must give the same. An empty list moves only the checkpoint.
   */
  apply(writes: readonly W[], checkpoint: number): Promise<void>;
  /** The end of the log was reached: what only an older version needed may go. */
  caughtUp?(): void;
  close(): Promise<void>;
}
