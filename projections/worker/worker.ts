/// <reference lib="deno.worker" />
import {
  type EventReader,
  InvariantViolation,
  type Logger,
  openEventStoreDbReader,
  openPersons,
  openSqliteEventReader,
  openTracing,
  systemClock,
  thingUpcasters,
} from "../../actors/mod.ts";
import { type Followed, ProjectionRunner, statusOfAll } from "../runner/mod.ts";
import { MessageTraces } from "./message_traces.ts";
import { type Models, openModels, type ProjectionName } from "./models.ts";
import { eventLogPath, type Question, type WorkerMessage, type WorkerRequest } from "./protocol.ts";

/*
 * The thread of all projections: it follows the log, and answers questions between two pages, so
 * that neither writes nor reads of the read models ever hold up an edge.
 */

/** Access rows of one message while the index is loaded. */
const ROWS_PER_MESSAGE = 5_000;

/** How often a long start says what it waits for. */
const ACCESS_WAIT_MS = 10_000;

const RETAINED_REPORT_MS = 500;

type StartRequest = Extract<WorkerRequest, { readonly op: "start" }>;

interface Running {
  readonly models: Models;
  readonly runners: readonly ProjectionRunner[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

let running: Running | undefined;

/** Set by the start, if anything is traced. */
let traces: MessageTraces | undefined;

self.onmessage = async ({ data: request }: MessageEvent<WorkerRequest>) => {
  switch (request.op) {
    case "start":
      try {
        running = await start(request);
        say({ say: "started" });
      } catch (error) {
        say({ say: "failed", ...errorFields(error) });
      }
      return;
    case "ask":
      await answer(request.id, request.question);
      return;
    case "trace":
      traces?.expect(request.eventId, request.messages);
      return;
    case "stop":
      running?.stop.abort();
      await running?.ended;
      say({ say: "stopped" });
      self.close();
  }
};

async function start(request: StartRequest): Promise<Running> {
  const { folder, eventStoreDb, installationKey, influx, followed: wanted } = request;
  const path = `${folder}/projections`;
  Deno.mkdirSync(path, { recursive: true });
  const events = await openLog(request);
  const persons = openPersons(folder, { installationKey, log: events });
  const tracing = await openTracing((name) => Deno.env.get(name));
  traces = tracing && new MessageTraces(tracing, () => systemClock.nowMs());
  const stop = new AbortController();
  const models = openModels(path, {
    persons,
    ...(eventStoreDb === undefined ? {} : { erasures: persons }),
    onAccess: (rows, position) => say({ say: "access", rows, position }),
    ...(influx === undefined ? {} : { influx: { settings: influx, logger, signal: stop.signal } }),
  });
  const rows = models.access.rows();
  const checkpoint = await models.access.checkpoint();
  for (let at = 0; at < rows.length; at += ROWS_PER_MESSAGE) {
    say({ say: "access", rows: rows.slice(at, at + ROWS_PER_MESSAGE), position: checkpoint });
  }
  const watch = traces === undefined ? {} : { watch: traces.watch };
  const here = models.followed.filter(({ projection: { name } }) =>
    wanted?.has(name as ProjectionName) !== false
  );
  const lines = linesOf(here).map((followed) => ({
    followed,
    runner: new ProjectionRunner({ events, clock: systemClock, logger, breathe, ...watch }),
  }));
  const runners = lines.map(({ runner }) => runner);
  const ended = Promise.all(
    lines.map(({ followed, runner }) =>
      runner.run(followed, stop.signal)
        .catch((error) => say({ say: "failed", ...errorFields(error) }))
    ),
  )
    .then(async () => {
      for (const { readModel } of models.followed) await readModel.close();
      events.close();
      persons.close();
    });
  // The edges need to know who may do what as of the log's end before they take the first packet.
  const end = await events.lastPosition();
  const access = { position: end, projections: ["access"], timeoutMs: ACCESS_WAIT_MS };
  while (!await reached(runners, access)) {
    logger.warn("access is not known yet", { end });
  }
  reportRetained(runners, stop.signal);
  return { models, runners, stop, ended };
}

/** Projections of which one may wait for an engine that is away do not stand in one line with others. */
function linesOf(followed: readonly Followed[]): readonly (readonly Followed[])[] {
  const away = followed.filter(({ readModel }) => readModel.mayBeAway === true);
  return [followed.filter((each) => !away.includes(each)), ...away.map((each) => [each])];
}

/** A runner that has none of the named projections is there as soon as it runs. */
async function reached(
  runners: readonly ProjectionRunner[],
  wanted: Omit<Extract<Question, { readonly about: "position" }>, "about">,
): Promise<boolean> {
  const answers = await Promise.all(
    runners.map((each) => each.waitFor(wanted.position, wanted)),
  );
  return answers.every((there) => there);
}

async function openLog(
  { folder, eventStoreDb }: StartRequest,
): Promise<EventReader & { close(): void }> {
  const upcasters = thingUpcasters;
  return eventStoreDb === undefined
    ? openSqliteEventReader({ path: eventLogPath(folder), upcasters })
    : await openEventStoreDbReader({ connectionString: eventStoreDb, upcasters });
}

/** The edges lay what is not yet projected over what is, and forget it when it is. */
function reportRetained(runners: readonly ProjectionRunner[], stop: AbortSignal): void {
  const timer = setInterval(() => {
    const retained = statusOfAll(runners).find(({ name }) => name === "retained");
    if (retained !== undefined) say({ say: "retained", position: retained.checkpoint });
  }, RETAINED_REPORT_MS);
  stop.addEventListener("abort", () => clearInterval(timer));
}

async function answer(id: number, question: Question): Promise<void> {
  try {
    say({ say: "answer", id, value: await answerTo(question) });
  } catch (error) {
    say({ say: "refusal", id, error: errorFields(error).error });
  }
}

function answerTo(question: Question): unknown {
  if (running === undefined) throw new InvariantViolation("Cannot answer: projections do not run");
  const { models, runners } = running;
  switch (question.about) {
    case "position":
      return reached(runners, question);
    case "status":
      return statusOfAll(runners);
    case "timeSeries":
      return models.timeSeries.status();
    default: {
      // The query comes by name from the other thread, where `Remote` typed it.
      const queries = models.queries[question.about] as unknown as Readonly<
        Record<string, (...args: readonly unknown[]) => unknown>
      >;
      const query = queries[question.query];
      if (query === undefined) {
        throw new InvariantViolation(
          `Cannot answer '${question.about}.${question.query}': there is no such query`,
        );
      }
      return query(...question.args);
    }
  }
}

// A macrotask: messages that arrived meanwhile are handled before the next page.
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const logger: Logger = {
  debug: () => {},
  info: (message, fields = {}) => say({ say: "log", level: "info", message, fields }),
  warn: (message, fields = {}) => say({ say: "log", level: "warn", message, fields }),
  error: (message, fields = {}) => say({ say: "log", level: "error", message, fields }),
};

function errorFields(error: unknown): { readonly error: string; readonly kind: string } {
  return error instanceof Error
    ? { error: error.message, kind: error.name }
    : { error: String(error), kind: "" };
}

function say(message: WorkerMessage): void {
  self.postMessage(message);
}
