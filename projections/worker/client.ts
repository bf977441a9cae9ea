import {
  type EngineStatus,
  EngineUnreachable,
  InvariantViolation,
  type Logger,
  TransientError,
} from "../../actors/mod.ts";
import type { AccessRow } from "../access/mod.ts";
import type { DirectoryQueries } from "../directory/mod.ts";
import type { DurableSessionQueries } from "../durable_sessions/mod.ts";
import type { HistoryQueries } from "../history/mod.ts";
import type { InfluxSettings, TimeSeriesQueries } from "../measurements/mod.ts";
import type { PresenceQueries } from "../presence/mod.ts";
import type { RetainedQueries } from "../retained/mod.ts";
import type { ProjectionStatus } from "../runner/mod.ts";
import type { TracedMessage } from "./message_traces.ts";
import type { Models, ProjectionName } from "./models.ts";
import type { Question, WorkerMessage, WorkerRequest } from "./protocol.ts";

/** The same questions, asked of another thread. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** Everything that is read; it lives in a thread of its own. */
export interface ReadModels {
  readonly directory: Remote<DirectoryQueries>;
  readonly history: Remote<HistoryQueries>;
  readonly presence: Remote<PresenceQueries>;
  readonly measurements: Remote<TimeSeriesQueries>;
  readonly retained: Remote<RetainedQueries>;
  readonly durableSessions: Remote<DurableSessionQueries>;
  /** False if the projections have not reached the position when the time is over. */
  waitFor(
    position: number,
    options: { readonly projections: readonly string[]; readonly timeoutMs: number },
  ): Promise<boolean>;
  status(): Promise<readonly ProjectionStatus[]>;
  /** Of the engine that keeps the measurements. */
  timeSeriesStatus(): Promise<EngineStatus>;
}

/** The thread of the projections, as whoever started it holds it. */
export interface Projections extends ReadModels {
  /** Tells of an event to come, some of whose messages are traced. */
  expectTraced(eventId: string, messages: readonly TracedMessage[]): void;
  stop(): Promise<void>;
}

/** Questions that may be under way; beyond it a reader is told to come back. */
const QUESTIONS_MAX = 10_000;

const STOPPED = "Cannot ask the read models: the projections have stopped";

export interface ProjectionsOptions {
  /** The data folder. */
  readonly folder: string;
  /** Connection string of the EventStoreDB that holds the log, if it is in no file of the folder. */
  readonly eventStoreDb?: string;
  /** File of the installation's key, if it is not in the folder. */
  readonly installationKey?: string | undefined;
  /** The projections that run in this process; absent: all. */
  readonly followed?: ReadonlySet<ProjectionName>;
  /** The InfluxDB that holds the measurements, if they are in no file of the folder. */
  readonly influx?: InfluxSettings;
  readonly logger: Logger;
  /** Called before `startProjections` resolves with all there is, then with every change. */
  readonly onAccess: (rows: readonly AccessRow[], position: number) => void;
  /** The retained messages are in their read model up to this position. */
  readonly onRetained: (position: number) => void;
}

/** Starts the projections' thread; resolves once access is known as of the end of the log. */
export async function startProjections(
  options: ProjectionsOptions,
): Promise<Projections> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const line = new QuestionLine(worker);
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  worker.onmessage = ({ data: message }: MessageEvent<WorkerMessage>) => {
    switch (message.say) {
      case "access":
        return options.onAccess(message.rows, message.position);
      case "retained":
        return options.onRetained(message.position);
      case "started":
        return started.resolve();
      case "stopped":
        return stopped.resolve();
      case "answer":
        return line.answered(message.id, message.value);
      case "refusal":
        return line.refused(message.id, message.error);
      case "log":
        return options.logger[message.level](message.message, message.fields);
      case "failed":
        options.logger.error("projections stopped", { error: message.error });
        return started.reject(startFailure(message));
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    options.logger.error("projections stopped", { error: event.message });
    started.reject(new InvariantViolation(`Cannot run the projections: ${event.message}`));
    stopped.resolve();
    line.end();
  };
  const { folder, eventStoreDb, installationKey, influx, followed } = options;
  send(worker, {
    op: "start",
    folder,
    ...(eventStoreDb === undefined ? {} : { eventStoreDb }),
    installationKey,
    ...(followed === undefined ? {} : { followed }),
    ...(influx === undefined ? {} : { influx }),
  });
  try {
    await started.promise;
  } catch (error) {
    // The thread waits for questions that nobody can ask: it would keep the process alive.
    worker.terminate();
    throw error;
  }
  return {
    ...remoteModels(line),
    expectTraced: (eventId, messages) => send(worker, { op: "trace", eventId, messages }),
    async stop() {
      send(worker, { op: "stop" });
      await stopped.promise;
      line.end();
    },
  };
}

/** Position that every projection has passed, as far as this thread was told. */
export async function passedByAll({ status }: Pick<ReadModels, "status">): Promise<number> {
  return Math.min(...(await status()).map(({ checkpoint }) => checkpoint));
}

/** An engine that is away is none of ours to blame. */
function startFailure({ error, kind }: { readonly error: string; readonly kind: string }): Error {
  return kind === "TransientError" ? new EngineUnreachable(error) : new InvariantViolation(error);
}

function send(worker: Worker, request: WorkerRequest): void {
  worker.postMessage(request);
}

/** Questions under way, by number. */
class QuestionLine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #ended = false;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  ask(question: Question): Promise<unknown> {
    if (this.#ended) return Promise.reject(new TransientError(STOPPED));
    if (this.#waiting.size >= QUESTIONS_MAX) {
      return Promise.reject(
        new TransientError(`Cannot ask the read models: ${QUESTIONS_MAX} questions are waiting`),
      );
    }
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    send(this.#worker, { op: "ask", id, question });
    return waiting.promise;
  }

  answered(id: number, value: unknown): void {
    this.#waiting.get(id)?.resolve(value);
    this.#waiting.delete(id);
  }

  /** The thread is gone: it answers nothing any more. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.values()) waiting.reject(new TransientError(STOPPED));
    this.#waiting.clear();
  }

  refused(id: number, error: string): void {
    this.#waiting.get(id)?.reject(new TransientError(`Cannot read: ${error}`));
    this.#waiting.delete(id);
  }
}

function remoteModels(line: QuestionLine): ReadModels {
  // The answer crossed a thread: its type is what the query of that name returns on the other side.
  const asked = <T>(
    about: keyof Models["queries"],
    query: keyof T & string,
  ) =>
  (...args: readonly unknown[]) => line.ask({ about, query, args }) as Promise<never>;
  const directory = (query: keyof DirectoryQueries) => asked<DirectoryQueries>("directory", query);
  const series = (query: keyof TimeSeriesQueries) =>
    asked<TimeSeriesQueries>("measurements", query);
  const presence = (query: keyof PresenceQueries) => asked<PresenceQueries>("presence", query);
  const durable = (query: keyof DurableSessionQueries) =>
    asked<DurableSessionQueries>("durableSessions", query);
  return {
    directory: {
      get: directory("get"),
      list: directory("list"),
      changesAt: directory("changesAt"),
      names: directory("names"),
    },
    history: { lines: asked<HistoryQueries>("history", "lines") },
    presence: {
      presence: presence("presence"),
      openSessions: presence("openSessions"),
      sessions: presence("sessions"),
      sessionsAt: presence("sessionsAt"),
      session: presence("session"),
      refusedConnects: presence("refusedConnects"),
      findings: presence("findings"),
    },
    measurements: {
      messages: series("messages"),
      aggregates: series("aggregates"),
      documents: series("documents"),
      lastValues: series("lastValues"),
      unreadable: series("unreadable"),
    },
    retained: { retained: asked<RetainedQueries>("retained", "retained") },
    durableSessions: {
      ofThing: durable("ofThing"),
      count: durable("count"),
      expired: durable("expired"),
      connected: durable("connected"),
    },
    waitFor: (position, { projections, timeoutMs }) =>
      line.ask({ about: "position", position, projections, timeoutMs }) as Promise<boolean>,
    status: () => line.ask({ about: "status" }) as Promise<readonly ProjectionStatus[]>,
    timeSeriesStatus: () => line.ask({ about: "timeSeries" }) as Promise<EngineStatus>,
  };
}
