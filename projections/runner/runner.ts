import type { Clock, EventReader, Logger, LogPage } from "../../actors/mod.ts";
import type { Projection, ReadModel } from "./projection.ts";

/** Events of one page: queries of the same thread wait no longer than it takes. */
const PAGE_EVENTS = 512;
/** Attempts to apply one page before the projection stands still. */
export const APPLY_ATTEMPTS_MAX = 5;
/** First wait after a failure; doubled each time. */
const RETRY_FIRST_MS = 100;
/** A checkpoint that moved without writes is made durable so often. */
const IDLE_CHECKPOINT_MS = 1_000;
/** Positions that may be waited for at once; beyond it a wait is answered at once with no. */
const WAITS_MAX = 10_000;

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  /** Position reached. */
  readonly checkpoint: number;
  /** Positions behind the end of the log. */
  readonly lag: number;
  readonly state: "catching_up" | "live" | "red";
  readonly error?: string;
}

/** A projection with the read model that it fills. */
// deno-lint-ignore no-explicit-any -- each pair agrees on its own kind of write
export type Followed = { readonly projection: Projection<any>; readonly readModel: ReadModel<any> };

interface Follower {
  readonly followed: Followed;
  readonly handles: ReadonlySet<string>;
  checkpoint: number;
  durable: number;
  movedAtMs: number;
  failures: number;
  error: string | undefined;
  live: boolean;
}

interface Wait {
  readonly position: number;
  readonly names: readonly string[];
  readonly done: (reached: boolean) => void;
}

export interface RunnerGround {
  readonly events: EventReader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lets queries of the same thread in between two pages. */
  readonly breathe: () => Promise<void>;
}

/**
 * Follows the log for several projections in one thread. Those that stand at the same place share
 * each page; one that is behind (rebuilt, new) reads on its own until it has caught up.
 */
export class ProjectionRunner {
  readonly #ground: RunnerGround;
  readonly #followers: Follower[] = [];
  #waits: Wait[] = [];
  #end = 0;

  constructor(ground: RunnerGround) {
    this.#ground = ground;
  }

  /** Follows until `signal` aborts; then all checkpoints are durable. */
  async run(followed: readonly Followed[], signal: AbortSignal): Promise<void> {
    for (const each of followed) this.#followers.push(await follower(each));
    this.#end = await this.#ground.events.lastPosition();
    while (!signal.aborted) {
      const groups = this.#groups();
      let atEnd = true;
      for (const group of groups) {
        if (!await this.#advance(group)) atEnd = false;
        await this.#ground.breathe();
      }
      await this.#persistIdle(false);
      if (atEnd) await this.#newEvents(signal);
    }
    await this.#persistIdle(true);
  }

  status(): readonly ProjectionStatus[] {
    return this.#followers.map(({ followed: { projection }, checkpoint, error, live }) => ({
      name: projection.name,
      version: projection.version,
      checkpoint,
      lag: Math.max(0, this.#end - checkpoint),
      state: error !== undefined ? "red" : live ? "live" : "catching_up",
      ...(error === undefined ? {} : { error }),
    }));
  }

  /** False if the named projections did not reach the position in time. */
  waitFor(position: number, names: readonly string[], timeoutMs: number): Promise<boolean> {
    if (this.#reached(position, names)) return Promise.resolve(true);
    if (this.#waits.length >= WAITS_MAX) return Promise.resolve(false);
    return new Promise((resolve) => {
      const cancel = this.#ground.clock.schedule(timeoutMs, () => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        resolve(false);
      });
      const wait: Wait = {
        position,
        names,
        done: (reached) => {
          cancel();
          resolve(reached);
        },
      };
      this.#waits.push(wait);
    });
  }

  #reached(position: number, names: readonly string[]): boolean {
    return this.#followers.length > 0 &&
      this.#followers.every(({ followed, checkpoint }) =>
        checkpoint >= position || !names.includes(followed.projection.name)
      );
  }

  /** Followers that are not red, by where they stand. */
  #groups(): readonly (readonly Follower[])[] {
    const byCheckpoint = new Map<number, Follower[]>();
    for (const each of this.#followers) {
      if (each.error !== undefined) continue;
      const group = byCheckpoint.get(each.checkpoint);
      if (group === undefined) byCheckpoint.set(each.checkpoint, [each]);
      else group.push(each);
    }
    return [...byCheckpoint.values()];
  }

  /** One page for one group; true if it stood at the end of the log. */
  async #advance(group: readonly Follower[]): Promise<boolean> {
    const after = group[0]!.checkpoint;
    // One that is behind stops where the next group stands, and goes on together with it.
    const next = Math.min(
      ...this.#followers.filter((other) => other.error === undefined && other.checkpoint > after)
        .map(({ checkpoint }) => checkpoint),
    );
    const prefixes = prefixesOf(group);
    const page = await this.#ground.events.readAll({
      after,
      limit: PAGE_EVENTS,
      ...(prefixes === undefined ? {} : { streamPrefixes: prefixes }),
    });
    const reached = Math.min(page.reached, next);
    this.#end = Math.max(this.#end, page.reached);
    for (const each of group) await this.#apply(each, { ...page, reached });
    this.#answerWaits();
    const atEnd = page.atEnd && reached === page.reached;
    for (const each of group) each.live = atEnd;
    return atEnd && !group.some(({ failures }) => failures > 0);
  }

  async #apply(follower: Follower, page: LogPage): Promise<void> {
    const { projection, readModel } = follower.followed;
    try {
      const writes = page.events
        .filter(({ position, type }) => position <= page.reached && follower.handles.has(type))
        .flatMap((event) => projection.project(event));
      if (writes.length > 0) {
        await readModel.apply(writes, page.reached);
        follower.durable = page.reached;
      } else if (page.reached > follower.checkpoint && follower.durable === follower.checkpoint) {
        follower.movedAtMs = this.#ground.clock.nowMs();
      }
      follower.checkpoint = page.reached;
      follower.failures = 0;
    } catch (error) {
      await this.#failed(follower, error);
    }
  }

  async #failed(follower: Follower, error: unknown): Promise<void> {
    const { projection } = follower.followed;
    follower.failures++;
    const text = error instanceof Error ? error.message : String(error);
    const fields = { projection: projection.name, after: follower.checkpoint, error: text };
    if (follower.failures >= APPLY_ATTEMPTS_MAX) {
      follower.error = `stands at position ${follower.checkpoint}: ${text}`;
      this.#ground.logger.error("projection is red", fields);
      return;
    }
    this.#ground.logger.warn("projection tries again", fields);
    const delayMs = RETRY_FIRST_MS * 2 ** (follower.failures - 1);
    await new Promise<void>((resolve) => this.#ground.clock.schedule(delayMs, resolve));
  }

  async #persistIdle(stopping: boolean): Promise<void> {
    const nowMs = this.#ground.clock.nowMs();
    for (const each of this.#followers) {
      if (each.error !== undefined || each.durable >= each.checkpoint) continue;
      if (!stopping && nowMs - each.movedAtMs < IDLE_CHECKPOINT_MS) continue;
      await each.followed.readModel.apply([], each.checkpoint);
      each.durable = each.checkpoint;
    }
  }

  async #newEvents(signal: AbortSignal): Promise<void> {
    const nudge = new AbortController();
    const stop = () => nudge.abort();
    signal.addEventListener("abort", stop, { once: true });
    // Wakes for the next event, or to make an idle checkpoint durable.
    const cancel = this.#ground.clock.schedule(IDLE_CHECKPOINT_MS, stop);
    await this.#ground.events.grownBeyond(this.#end, nudge.signal);
    cancel();
    signal.removeEventListener("abort", stop);
  }

  #answerWaits(): void {
    if (this.#waits.length === 0) return;
    const waits = this.#waits;
    this.#waits = [];
    for (const wait of waits) {
      if (this.#reached(wait.position, wait.names)) wait.done(true);
      else this.#waits.push(wait);
    }
  }
}

async function follower(followed: Followed): Promise<Follower> {
  const checkpoint = await followed.readModel.checkpoint();
  return {
    followed,
    handles: new Set(followed.projection.handles),
    checkpoint,
    durable: checkpoint,
    movedAtMs: 0,
    failures: 0,
    error: undefined,
    live: false,
  };
}

/** What the group needs of the log; undefined if one of them needs all of it. */
function prefixesOf(group: readonly Follower[]): readonly string[] | undefined {
  const prefixes = new Set<string>();
  for (const { followed } of group) {
    if (followed.projection.streamPrefixes === undefined) return undefined;
    for (const prefix of followed.projection.streamPrefixes) prefixes.add(prefix);
  }
  return [...prefixes];
}
