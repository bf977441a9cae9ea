import { HttpError, InfluxDB, type Transport } from "@influxdata/influxdb-client";
import {
  type EngineStatus,
  type Logger,
  TerminalError,
  TransientError,
} from "../../../actors/mod.ts";
import { ensureBucket } from "./bucket.ts";
import { withDeadline } from "./deadline.ts";
import { CALL_MS_MAX, LOOK_MS, QUESTION_MS_MAX, QUESTIONS_MAX, WRITE_MS_MAX } from "./limits.ts";

/** Where the points go. */
export interface InfluxSettings {
  /** Of the HTTP API, without credentials. */
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  readonly token: string;
  /** Age in seconds at which the bucket forgets points; 0 is never, undefined leaves it as it is. */
  readonly retentionSeconds?: number;
}

export interface InfluxGround {
  readonly logger: Logger;
  /** Ends every call that is under way. */
  readonly signal: AbortSignal;
}

/** The answer of one InfluxQL statement. */
export interface InfluxSeries {
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly partial?: boolean;
}

interface Call {
  readonly method: string;
  /** Of the body. */
  readonly type?: string;
  readonly body?: string;
  /** For the error: what could not be done. */
  readonly what: string;
  readonly timeoutMs: number;
}

interface InfluxAnswer {
  readonly results?: readonly {
    readonly series?: readonly InfluxSeries[];
    readonly error?: string;
  }[];
}

/** What influxd says of points that are older than its bucket keeps; all others are stored. */
const EXPIRED = /dropped (\d+) points outside retention policy/;

/** One influxd, over the official client's transport. It is never waited for without an end. */
export class InfluxConnection {
  readonly #settings: InfluxSettings;
  readonly #ground: InfluxGround;
  readonly #transport: Transport;
  readonly #address: string;
  #bucket: Promise<string> | undefined;
  #version: string | undefined;
  #error: string | undefined = "it has not answered yet";
  #expired = 0;
  #questions = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: InfluxSettings, ground: InfluxGround) {
    const { url, token } = settings;
    this.#settings = settings;
    this.#ground = ground;
    this.#address = new URL(url).host;
    this.#transport = new InfluxDB({ url, token }).transport;
    ground.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Looks for it at once and from then on, so that its state is known also while nothing is written. */
  watch(): void {
    void this.#look();
  }

  status(): EngineStatus {
    const expired = this.#expired;
    return {
      engine: "influxdb",
      version: this.#version ?? "",
      ...(this.#error === undefined ? { state: "up" } : { state: "away", reason: this.#error }),
      ...(expired === 0 ? {} : {
        warnings: [`${expired} points were refused since the start: the bucket keeps none so old`],
      }),
    };
  }

  /** The bucket's own id, once it is there; it is made if it is missing. */
  async bucket(): Promise<string> {
    const bucket = this.#bucket ??= this.#findBucket();
    try {
      return await bucket;
    } catch (error) {
      if (this.#bucket === bucket) this.#bucket = undefined;
      throw error;
    }
  }

  /** Lines that end by themselves; all of them are stored when it resolves. */
  async write(lines: string): Promise<void> {
    const { org, bucket } = this.#settings;
    const query = new URLSearchParams({ org, bucket, precision: "ns" });
    try {
      await this.#call(`/api/v2/write?${query}`, {
        ...{ method: "POST", type: "text/plain; charset=utf-8", body: lines },
        ...{ what: "write to", timeoutMs: WRITE_MS_MAX },
      });
    } catch (error) {
      const expired = EXPIRED.exec(error instanceof Error ? error.message : "");
      if (expired === null) throw this.#noticed(error);
      this.#expired += Number(expired[1]);
      this.#error = undefined;
    }
  }

  /** Asks one statement; texts of callers go along as JSON parameters, which influxd binds. */
  async ask(statement: string, params: string): Promise<readonly InfluxSeries[]> {
    if (this.#questions >= QUESTIONS_MAX) {
      throw new TransientError(this.#text("ask", `${QUESTIONS_MAX} questions are under way`));
    }
    this.#questions++;
    try {
      return await this.#answer(statement, params);
    } finally {
      this.#questions--;
    }
  }

  async #answer(statement: string, params: string): Promise<readonly InfluxSeries[]> {
    await this.bucket();
    const form = new URLSearchParams({ db: this.#settings.bucket, q: statement, params });
    const asked = this.#call("/query", {
      ...{ method: "POST", type: "application/x-www-form-urlencoded", body: form.toString() },
      ...{ what: "ask", timeoutMs: QUESTION_MS_MAX },
    });
    const answer = await asked.catch((error: unknown) => {
      throw this.#noticed(error);
    }) as InfluxAnswer;
    const [result] = answer.results ?? [];
    if (result?.error !== undefined || result?.series?.some(({ partial }) => partial)) {
      throw new TransientError(this.#text("ask", result.error ?? "its answer is cut off"));
    }
    return result?.series ?? [];
  }

  async #findBucket(): Promise<string> {
    const health = await this.#get("/health") as { readonly version?: string };
    this.#version = health.version ?? "unknown";
    if (/^v?[013]\./.test(this.#version)) {
      const error = `it is version ${this.#version}, InfluxDB 2 is wanted`;
      throw new TransientError(this.#error = this.#text("use", error));
    }
    const { created, id } = await ensureBucket(this.#settings, {
      find: (path) => this.#find(path),
      send: (path, { method, body }) =>
        this.#call(path, {
          ...{ method, type: "application/json", body: JSON.stringify(body) },
          ...{ what: "make the bucket in", timeoutMs: CALL_MS_MAX },
        }),
      warn: (message, fields) => this.#ground.logger.warn(message, fields),
    });
    const fields = { address: this.#address, bucket: this.#settings.bucket, created };
    this.#ground.logger.info("time series in influxdb", { ...fields, version: this.#version });
    return id;
  }

  /** Whoever lost the bucket finds it again, or makes it. */
  #noticed(error: unknown): unknown {
    if (statusOf(error) === NOT_FOUND) this.#bucket = undefined;
    return error;
  }

  #get(path: string): Promise<unknown> {
    return this.#call(path, { method: "GET", what: "ask", timeoutMs: CALL_MS_MAX });
  }

  async #find(path: string): Promise<unknown> {
    try {
      return await this.#get(path);
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  async #call(path: string, call: Call): Promise<unknown> {
    const { method, type, body = "", what, timeoutMs } = call;
    const headers = type === undefined ? {} : { headers: { "content-type": type } };
    try {
      const limits = { parent: this.#ground.signal, timeoutMs };
      const answer = await withDeadline(limits, async (signal) => {
        const given: unknown = await this.#transport.request(path, body, {
          ...{ method, signal },
          ...headers,
        });
        // The client ends quietly what was broken off.
        signal.throwIfAborted();
        return given;
      });
      this.#error = undefined;
      return answer;
    } catch (error) {
      const translated = this.#translated(error, what);
      // Who refuses one call for good does answer.
      if (translated instanceof TransientError) this.#error = translated.message;
      throw translated;
    }
  }

  #translated(error: unknown, what: string): Error {
    if (!(error instanceof HttpError)) {
      const why = error instanceof DOMException && error.name === "TimeoutError"
        ? error.message
        : `it cannot be reached (${networkReason(error)})`;
      return new TransientError(this.#text(what, why), { cause: error });
    }
    const { statusCode } = error;
    const said = saidBy(error);
    if (statusCode === 401 || statusCode === 403) {
      const right = "MILLRACE_INFLUXDB_TOKEN must hold one that may read and write the bucket";
      return new TransientError(this.#text(what, `the token is refused (${said}): ${right}`));
    }
    const hopeless = statusCode === 400 || statusCode === 413 || statusCode === 422;
    const text = this.#text(what, `it answers ${statusCode}: ${said}`);
    const options = { cause: error };
    return hopeless ? new TerminalError(text, options) : new TransientError(text, options);
  }

  #text(what: string, why: string): string {
    return `Cannot ${what} InfluxDB at '${this.#address}': ${why}`;
  }

  async #look(): Promise<void> {
    try {
      await this.bucket();
      await this.#get("/health");
    } catch (error) {
      // It stands in the status, and whoever writes or asks meets it too.
      this.#error = (error as Error).message;
    }
    if (this.#ground.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
  }
}

const NOT_FOUND = 404;

function statusOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof HttpError ? cause.statusCode : undefined;
}

/** What the network said: fetch hides it in the cause, behind the URL, which is known. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error.cause instanceof Error ? error.cause : error;
  return message.replace(/^error sending request for url \([^)]*\): /, "");
}

/** The reason in influxd's answer, not the answer as a whole. */
function saidBy({ json, body, message }: HttpError): string {
  const told: unknown = json?.message ?? json?.error;
  return typeof told === "string" ? told : (body || message).slice(0, 200);
}
