import {
  type AllStreamSubscription,
  END,
  type EventData,
  EventStoreDBClient,
  excludeSystemEvents,
  NO_STREAM,
  START,
  streamNameFilter,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from "@eventstore/db-client";
import { TransientError, UsageError } from "../../errors.ts";
import { backOffMs, type EngineStatus, pause } from "../../platform/mod.ts";
import { type EventStoreMeasures, newEventStoreMeasures } from "../measures.ts";
import { esdbTranslated } from "./esdb_errors.ts";
import { type EsdbEvent, esdbEvent, type Resolved } from "./esdb_event.ts";

/** An answer that is not there by then is asked for again. */
const ANSWER_MS = 5_000;
/** So long is a server waited for that restarts or elects a leader. */
const PATIENCE_MS = 10_000;
/** The client waits for what it cancels, and sometimes for ever. */
const CLOSE_MS_MAX = 1_000;
/** So long a question after the server's health waits, a tenth of what a probe of /ready may take. */
const PROBE_MS = 1_000;
/** What an answer says of a stream without events, in place of a revision. */
const REVISION_MAX = 2n ** 63n;

export interface ConnectionOptions {
  /** `esdb://…` with credentials, certificates and TLS as the official clients write it. */
  readonly connectionString: string;
  readonly answerMs?: number;
  readonly patienceMs?: number;
  /** Filled with how long the server takes to answer an append. */
  readonly measures?: EventStoreMeasures;
}

export type Appended =
  | {
    readonly is: "stored";
    readonly revision: number;
    /** Undefined if the answer may be that to a repeat, which not every server places right. */
    readonly position: number | undefined;
  }
  /** `current` is -1 where there is no stream. */
  | { readonly is: "wrong"; readonly current: number };

/** What a read goes through, event by event. */
interface Reading extends AsyncIterable<Resolved> {
  cancel(): Promise<void>;
}

/** Ours, but no word of the port's: it is translated like the client's own. */
class LateAnswer extends Error {
  override readonly name = "LateAnswer";
}

/** The one client of a thread: every call has a deadline, and is repeated while that is harmless. */
export class EsdbConnection {
  readonly #client: EventStoreDBClient;
  readonly #answerMs: number;
  readonly #patienceMs: number;
  readonly #measures: EventStoreMeasures;
  readonly #closed = new AbortController();
  #version = "";

  constructor(options: ConnectionOptions) {
    this.#client = clientOf(options.connectionString);
    this.#answerMs = options.answerMs ?? ANSWER_MS;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#measures = options.measures ?? newEventStoreMeasures();
  }

  /** Aborts when the connection is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** A stream that shows nothing reads as empty. `from` is as the log counts. */
  readStream(
    stream: string,
    { from, maxCount, backwards, prior = 0 }: {
      readonly from?: number;
      readonly maxCount: number;
      readonly backwards: boolean;
      /** By how much the server counts less. */
      readonly prior?: number;
    },
  ): Promise<readonly EsdbEvent[]> {
    const at = from === undefined ? undefined : from - prior;
    if (backwards && at !== undefined && at < 0) return Promise.resolve([]);
    return this.#repeated(`read stream '${stream}'`, async () => {
      try {
        return await this.#collected(this.#client.readStream(stream, {
          direction: backwards ? "backwards" : "forwards",
          fromRevision: at === undefined ? backwards ? END : START : BigInt(Math.max(0, at)),
          maxCount,
        }));
      } catch (error) {
        if (error instanceof StreamNotFoundError) return [];
        throw error;
      }
    });
  }

  /** Forwards begins with the event at `from`, backwards with the one before it. */
  readAll(
    { from, maxCount, backwards }: {
      readonly from?: number;
      readonly maxCount: number;
      readonly backwards: boolean;
    },
  ): Promise<readonly EsdbEvent[]> {
    return this.#repeated("read the log", () =>
      this.#collected(this.#client.readAll({
        direction: backwards ? "backwards" : "forwards",
        fromPosition: from === undefined ? backwards ? END : START : positionOf(from),
        maxCount,
      })));
  }

  /**
   * The outcome of an attempt that is not answered is unknown. All attempts are the same to the byte:
   * the server stores one of them and answers the others as it answered that one. Revisions are as the
   * log counts, the server counts `prior` less.
   */
  append(
    stream: string,
    events: EventData[],
    { after, prior = 0 }: { readonly after: number; readonly prior?: number },
  ): Promise<Appended> {
    const expected = after - prior;
    return this.#repeated(`append to '${stream}'`, async (attempt) => {
      const startedMs = performance.now();
      try {
        const { nextExpectedRevision, position } = await this.#answered(
          this.#client.appendToStream(stream, events, {
            expectedRevision: expected < 0 ? NO_STREAM : BigInt(expected),
          }),
        );
        this.#measures.commit.observeSince(startedMs);
        return {
          is: "stored",
          revision: Number(nextExpectedRevision) + prior,
          position: attempt > 0 || position === undefined ? undefined : Number(position.commit),
        };
      } catch (error) {
        if (!(error instanceof WrongExpectedVersionError)) throw error;
        const current = revisionIn(error.actualVersion);
        return { is: "wrong", current: current < 0 ? current : current + prior };
      }
    });
  }

  /** From behind a position, or from the end of the log on; it ends when the server goes away. */
  subscribe(
    { after, streamPrefixes: prefixes }: {
      readonly after?: number;
      readonly streamPrefixes?: readonly string[];
    },
  ): AllStreamSubscription {
    return this.#client.subscribeToAll({
      fromPosition: after === undefined ? END : after === 0 ? START : positionOf(after),
      filter: prefixes === undefined
        ? excludeSystemEvents()
        : streamNameFilter({ prefixes: [...prefixes] }),
    });
  }

  /** Asks the server for the end of its log; of one that does not answer soon it says so. */
  async health(): Promise<Pick<EngineStatus, "version" | "state" | "reason">> {
    if (this.closed.aborted) return { version: this.#version, state: "away", reason: "closed" };
    const asked = this.#collected(this.#client.readAll({
      direction: "backwards",
      fromPosition: END,
      maxCount: 1,
    })).then(() => this.#versioned());
    const late = pause(PROBE_MS).then(() => `it gave no answer within ${PROBE_MS} ms`);
    const reason = await Promise.race([asked, late]).catch((error: unknown) => {
      return esdbTranslated("ask for the end of the log", error).message;
    });
    return reason === undefined
      ? { version: this.#version, state: "up" }
      : { version: this.#version, state: "away", reason };
  }

  async #versioned(): Promise<undefined> {
    // The client asks for it once, before its first append, and does not show it.
    const client = this.#client as unknown as {
      readonly capabilities: Promise<{ readonly serverVersion: string }>;
    };
    if (this.#version === "") this.#version = (await client.capabilities).serverVersion;
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await Promise.race([this.#client.dispose(), pause(CLOSE_MS_MAX)]);
  }

  async #repeated<T>(action: string, attempted: (attempt: number) => Promise<T>): Promise<T> {
    const untilMs = performance.now() + this.#patienceMs;
    for (let attempt = 0;; attempt++) {
      if (this.closed.aborted) throw new TransientError(`Cannot ${action}: it is closed`);
      try {
        return await attempted(attempt);
      } catch (cause) {
        const error = esdbTranslated(action, cause);
        const waitMs = backOffMs(attempt);
        if (!(error instanceof TransientError)) throw error;
        if (performance.now() + waitMs > untilMs) throw error;
        await pause(waitMs, this.closed);
      }
    }
  }

  /**
   * Reads to the end: the client never lets go of a read that is left early. Each event is an answer:
   * many large ones may take their time.
   */
  async #collected(reading: Reading): Promise<readonly EsdbEvent[]> {
    const events: EsdbEvent[] = [];
    let answeredMs = performance.now();
    const collecting = (async () => {
      for await (const resolved of reading) {
        events.push(esdbEvent(resolved));
        answeredMs = performance.now();
      }
      return events;
    })();
    try {
      return await this.#answered(collecting, () => answeredMs);
    } catch (error) {
      if (error instanceof LateAnswer) await reading.cancel();
      throw error;
    }
  }

  /** `answeredMs` tells when a part of the answer came last. */
  async #answered<T>(answer: Promise<T>, answeredMs?: () => number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const startedMs = performance.now();
    let timer: ReturnType<typeof setTimeout>;
    const watch = () => {
      const leftMs = this.#answerMs - (performance.now() - (answeredMs?.() ?? startedMs));
      if (leftMs > 0) timer = setTimeout(watch, leftMs);
      else late.reject(new LateAnswer(`no answer within ${this.#answerMs} ms`));
    };
    watch();
    // Who lost the race may still fail, when nobody listens any more.
    answer.catch(() => {});
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer!);
    }
  }
}

function clientOf(connectionString: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(connectionString);
  } catch {
    // What the client says quotes all of it, with the password.
    throw new UsageError(
      `Cannot open the event log at '${
        hostsOf(connectionString)
      }': it must be a connection string of EventStoreDB, and the files that it names must be there`,
    );
  }
}

/** Without user and password. */
export function hostsOf(connectionString: string): string {
  return connectionString.replace(/^[^:]+:\/\/([^@/]*@)?/, "").replace(/[/?].*$/, "");
}

function positionOf(position: number): { readonly commit: bigint; readonly prepare: bigint } {
  return { commit: BigInt(position), prepare: BigInt(position) };
}

function revisionIn(actual: bigint | string): number {
  return typeof actual !== "bigint" || actual >= REVISION_MAX ? -1 : Number(actual);
}
