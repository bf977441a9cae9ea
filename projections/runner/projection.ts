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

/** What an operator wants to know of an engine that runs elsewhere. */
export interface EngineStatus {
  /** What it is used for. */
  readonly role: "time-series";
  readonly name: string;
  /** Without credentials. */
  readonly address: string;
  /** Whether the last call was answered as it should be. */
  readonly state: "up" | "away";
  readonly version?: string;
  /** Why it is away. */
  readonly error?: string;
  /** Points that it refused because they are older than it keeps, since the start. */
  readonly expired?: number;
}

/** Where the writes of a projection go, together with how far it has come. */
export interface ReadModel<W> {
  /** Milliseconds that one slice of a page should take; absent where it holds up the thread. */
  readonly sliceMs?: number;
  /** The engine that holds it, if that may be away. */
  engine?(): EngineStatus;
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
