import type { AccessRow } from "../access/mod.ts";
import type { InfluxSettings } from "../measurements/mod.ts";
import type { TracedMessage } from "./message_traces.ts";
import type { Models, ProjectionName } from "./models.ts";

/** What the projections' thread is told. */
export type WorkerRequest =
  | {
    readonly op: "start";
    /** The data folder: the secrets and `projections/` lie in it, and the log if it is in a file. */
    readonly folder: string;
    /** File of the installation's key, if it is not in the folder. */
    readonly installationKey: string | undefined;
    /** The projections that run here; absent: all. */
    readonly followed?: ReadonlySet<ProjectionName>;
    /** Connection string of the EventStoreDB that holds the log. */
    readonly eventStoreDb?: string;
    /** The InfluxDB that holds the measurements. */
    readonly influx?: InfluxSettings;
  }
  | { readonly op: "ask"; readonly id: number; readonly question: Question }
  /** The event of this id will hold messages whose way is traced. */
  | { readonly op: "trace"; readonly eventId: string; readonly messages: readonly TracedMessage[] }
  | { readonly op: "stop" };

export type Question =
  | {
    /** One of the models' names in `Models`. */
    readonly about: keyof Models["queries"];
    /** Name of one of the model's queries. */
    readonly query: string;
    readonly args: readonly unknown[];
  }
  | {
    readonly about: "position";
    readonly position: number;
    readonly projections: readonly string[];
    readonly timeoutMs: number;
  }
  | { readonly about: "status" }
  | { readonly about: "timeSeries" };

/** What it says. Order matters: access rows come before the answer that waits for their position. */
export type WorkerMessage =
  | { readonly say: "access"; readonly rows: readonly AccessRow[]; readonly position: number }
  | { readonly say: "started" }
  | { readonly say: "retained"; readonly position: number }
  | { readonly say: "answer"; readonly id: number; readonly value: unknown }
  | { readonly say: "refusal"; readonly id: number; readonly error: string }
  | {
    readonly say: "log";
    readonly level: "info" | "warn" | "error";
    readonly message: string;
    readonly fields: Readonly<Record<string, unknown>>;
  }
  | { readonly say: "failed"; readonly error: string; readonly kind: string }
  | { readonly say: "stopped" };

/** The log inside a data folder. */
export function eventLogPath(folder: string): string {
  return `${folder}/events.db`;
}
