import { Buckets } from "../../actors/mod.ts";
import { REQUEST_SERIES_MAX } from "./limits.ts";
import { refusalWord } from "./problem.ts";

/** Methods that are told apart; a client may send any word. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const OTHER = "other";
const FIRST_REFUSAL = 400;

/** Requests of one method to one route. */
interface RequestSeries {
  readonly method: string;
  readonly route: string;
  readonly byStatus: Map<number, number>;
  readonly duration: Buckets;
}

/** Connections that stay: streams of Server-Sent Events, WebSockets. */
export interface LastingConnections {
  open: number;
  opened: number;
  /** Seconds that those lasted which have ended. */
  readonly duration: Buckets;
}

/** Why a stream of Server-Sent Events ended. */
export type StreamEnd = "client" | "overflow" | "access";

/** From a glance to a week. */
const LASTING_BOUNDS = [0.1, 1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400];

/** What the HTTP edge has done since it started; the metrics endpoint reads it. */
export class HttpCounters {
  readonly #requests = new Map<string, RequestSeries>();
  readonly streams: LastingConnections & {
    messages: number;
    readonly ended: { [end in StreamEnd]: number };
  } = { ...lasting(), messages: 0, ended: { client: 0, overflow: 0, access: 0 } };
  readonly webSockets: LastingConnections = lasting();

  /** `route` is the pattern under which it was found, never the path. */
  request(
    asked: { readonly method: string; readonly route: string },
    { status, seconds }: { readonly status: number; readonly seconds: number },
  ): void {
    const series = this.#series(asked);
    series.byStatus.set(status, (series.byStatus.get(status) ?? 0) + 1);
    series.duration.observe(seconds);
  }

  requests(): Iterable<RequestSeries> {
    return this.#requests.values();
  }

  /** How many requests were refused, by a word for the reason. */
  refusals(): ReadonlyMap<string, number> {
    const refused = new Map<string, number>();
    for (const { byStatus } of this.#requests.values()) {
      for (const [status, count] of byStatus) {
        if (status < FIRST_REFUSAL) continue;
        const word = refusalWord(status);
        refused.set(word, (refused.get(word) ?? 0) + count);
      }
    }
    return refused;
  }

  #series(asked: { readonly method: string; readonly route: string }): RequestSeries {
    const method = METHODS.has(asked.method) ? asked.method : OTHER;
    const known = this.#requests.get(`${method} ${asked.route}`);
    if (known !== undefined) return known;
    // Where so many routes were registered, those that come last share a series.
    const route = this.#requests.size < REQUEST_SERIES_MAX ? asked.route : OTHER;
    const key = `${method} ${route}`;
    let series = this.#requests.get(key);
    if (series === undefined) {
      series = { method, route, byStatus: new Map(), duration: new Buckets() };
      this.#requests.set(key, series);
    }
    return series;
  }
}

function lasting(): LastingConnections {
  return { open: 0, opened: 0, duration: new Buckets(LASTING_BOUNDS) };
}

/** Counts one more that is open; the returned function counts its end, once. */
export function openedOne(connections: LastingConnections): () => void {
  const startedMs = performance.now();
  connections.open++;
  connections.opened++;
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    connections.open--;
    connections.duration.observeSince(startedMs);
  };
}
