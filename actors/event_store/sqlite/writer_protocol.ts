import type { ErrorText } from "../../error_text.ts";
import type { AppendResult, ExpectedRevision, Snapshot, StreamLimits } from "../event_store.ts";

/** What the writer's thread is asked, beside appends. */
export type WriterCall =
  | { readonly op: "open"; readonly path: string; readonly pagesMax?: number }
  | { readonly op: "setStreamLimits"; readonly stream: string; readonly limits: StreamLimits }
  | {
    readonly op: "softDelete";
    readonly stream: string;
    readonly expectedRevision: ExpectedRevision;
  }
  | { readonly op: "saveSnapshot"; readonly stream: string; readonly snapshot: Snapshot }
  | { readonly op: "scavenge"; readonly through: number }
  | { readonly op: "close" };

export type WriterRequest =
  | { readonly id: number; readonly group: ArrayBuffer }
  | { readonly id: number; readonly call: WriterCall };

export interface WriterAnswer {
  readonly id: number;
  /** JSON text of a list of results, one an append: one string is cheaper to pass than many objects. */
  readonly results?: string;
  readonly value?: number;
  readonly error?: ErrorText;
  /** Once for each commit, with the first of the groups that it made durable. */
  readonly commit?: { readonly ms: number; readonly appends: number };
}

export type AppendAnswer = AppendResult | { readonly error: ErrorText };
