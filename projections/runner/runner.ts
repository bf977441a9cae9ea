import {
  type Clock,
  type EventReader,
  type Logger,
  type LogPage,
  type RecordedEvent,
} from "../../actors/mod.ts";
import {
  type Followed,
  type Follower,
  followerOf,
  paceAfter,
  prefixesOf,
  projectSlice,
} from "./follower.ts";
import { failed, recovered, setBack, textOf } from "./failing.ts";
import { grownOrDue } from "./pause.ts";
import type { WatchSlice } from "./projection.ts";
import { type ProjectionStatus, statusOf } from "./status.ts";
import { type WaitOptions, Waits } from "./waits.ts";

/** Events of one read of the log. */
const PAGE_EVENTS = 512;
/** Work without a break after which others in the thread come first. */
const BREATHE_AFTER_MS = 10;
/** A checkpoint that moved without writes is made durable so often. */
const IDLE_CHECKPOINT_MS = 1_000;

export interface RunnerGround {
  readonly events: EventReader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lets queries of the same thread in between two slices of a page. */
  readonly breathe: () => Promise<void>;
  /** Absent where nobody wants to know how the way of an event went. */
  readonly watch?: WatchSlice;
}

/**
 * Follows the log for several projections in one thread. Those that stand at the same place share
 * each page; one that is behind (rebuilt, new) reads on its own until it has caught up.
 */
export class ProjectionRunner {
  readonly #ground: RunnerGround;
  readonly #followers: Follower[] = [];
  readonly #waits: Waits;
  #end = 0;
  #breathedAtMs = 0;
  #signal: AbortSignal | undefined;

  constructor(ground: RunnerGround) {
    this.#ground = ground;
    this.#waits = new Waits(
      ground.clock,
      (position, names) =>
        this.#followers.length > 0 &&
        this.#followers.every(({ followed, checkpoint }) =>
          checkpoint >= position || !names.includes(followed.projection.name)
        ),
    );
  }

  /** Follows until `signal` aborts; then all checkpoints are durable. */
  async run(followed: readonly Followed[], signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const nowMs = this.#ground.clock.nowMs();
    this.#followers.push(...await Promise.all(followed.map((each) => followerOf(each, nowMs))));
    this.#waits.look();
    while (!signal.aborted) {
      const groups = this.#groups();
      let atEnd = true;
      for (const group of groups) {
        if (signal.aborted) break;
        if (!await this.#advance(group, signal)) atEnd = false;
      }
      await this.#breathe(0);
      await this.#persistIdle(false);
      // The slowest group's place: an event that came after its page may be before another group's.
      const seen = Math.min(...groups.flat().map(({ checkpoint }) => checkpoint));
      if (atEnd) await this.#pause(signal, seen);
    }
    await this.#persistIdle(true);
  }

  status(): readonly ProjectionStatus[] {
    const at = { end: this.#end, nowMs: this.#ground.clock.nowMs() };
    return this.#followers.map((each) => statusOf(each, at));
  }

  /** False if the named projections did not reach the position in time. */
  waitFor(position: number, options: WaitOptions): Promise<boolean> {
    return this.#waits.add(position, options);
  }

  /** Followers that may go on now, by where they stand; those that are farthest behind first. */
  #groups(): readonly (readonly Follower[])[] {
    const nowMs = this.#ground.clock.nowMs();
    const byPlace = new Map<string, Follower[]>();
    for (const each of this.#followers) {
      if (each.stopped || each.retryAtMs > nowMs) continue;
      const place = `${each.checkpoint} ${each.reads}`;
      const group = byPlace.get(place);
      if (group === undefined) byPlace.set(place, [each]);
      else group.push(each);
    }
    return [...byPlace.values()].sort(([a], [b]) => a!.checkpoint - b!.checkpoint);
  }

  /** One page for one group; true if it stood at the end of the log, or can do nothing for now. */
  async #advance(group: readonly Follower[], signal: AbortSignal): Promise<boolean> {
    const after = group[0]!.checkpoint;
    const page = await this.#page(group, after);
    if (page === undefined) return true;
    // One that is behind stops where the next group stands, and goes on together with it.
    const next = Math.min(
      ...this.#followers.filter((other) =>
        !other.stopped && other.checkpoint > after && other.reads === group[0]!.reads
      )
        .map(({ checkpoint }) => checkpoint),
    );
    const reached = Math.min(page.reached, next);
    this.#end = Math.max(this.#end, page.reached);
    const atEnd = page.atEnd && reached === page.reached;
    for (const each of group) {
      await this.#apply(each, { ...page, reached }, signal);
      const live = atEnd && each.checkpoint === reached;
      if (live && !each.live) this.#caughtUp(each);
      each.live = live;
      if (live) each.behindSinceMs = undefined;
      this.#waits.look();
      await this.#breathe(BREATHE_AFTER_MS);
    }
    return atEnd;
  }

  async #page(group: readonly Follower[], after: number): Promise<LogPage | undefined> {
    const prefixes = prefixesOf(group);
    try {
      return await this.#ground.events.readAll({
        after,
        limit: PAGE_EVENTS,
        ...(prefixes === undefined ? {} : { streamPrefixes: prefixes }),
      });
    } catch (error) {
      for (const each of group) this.#failed(each, { error, at: each.checkpoint });
      return undefined;
    }
  }

  /** Slice by slice, each with its checkpoint in one transaction. */
  async #apply(follower: Follower, page: LogPage, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ground;
    const events = page.events.filter((event) =>
      event.position > follower.checkpoint && event.position <= page.reached &&
      follower.wants(event)
    );
    let at = 0;
    do {
      const startMs = clock.nowMs();
      const slice = events.slice(at, at + follower.sliceEvents);
      at += slice.length;
      follower.behindSinceMs = slice[0]?.metadata.recordedAtMs ?? follower.behindSinceMs;
      const reached = at < events.length ? slice.at(-1)!.position : page.reached;
      if (!await this.#applySlice(follower, { slice, reached })) return;
      paceAfter(follower, clock.nowMs() - startMs);
      await this.#breathe(BREATHE_AFTER_MS);
    } while (at < events.length && !signal.aborted);
  }

  /** False if it came to an event that it cannot handle; what stands before that is kept. */
  async #applySlice(
    follower: Follower,
    { slice, reached }: { readonly slice: readonly RecordedEvent[]; readonly reached: number },
  ): Promise<boolean> {
    const watched = this.#ground.watch?.(follower.followed.projection, slice);
    const { writes, count, done, failed: refused } = projectSlice(follower, slice);
    watched?.projected();
    const checkpoint = refused === undefined ? reached : done;
    let failure = refused;
    try {
      if (writes.length > 0) await this.#write(follower, { writes, checkpoint });
      follower.checkpoint = checkpoint;
      follower.events += count;
    } catch (error) {
      failure = { error, at: slice[0]?.position ?? reached };
    }
    watched?.written(failure === undefined ? undefined : textOf(failure.error));
    if (failure === undefined) {
      if (follower.error !== undefined) recovered(follower, this.#ground);
      follower.failures = 0;
      return true;
    }
    const first = slice.find(({ position }) => position > follower.checkpoint);
    follower.behindSinceMs = first?.metadata.recordedAtMs;
    await setBack(follower, this.#ground);
    this.#failed(follower, failure);
    return false;
  }

  async #write(
    follower: Follower,
    { writes, checkpoint }: { readonly writes: readonly unknown[]; readonly checkpoint: number },
  ): Promise<void> {
    await follower.followed.readModel.apply(writes, checkpoint);
    follower.durable = checkpoint;
    follower.durableAtMs = this.#ground.clock.nowMs();
  }

  /** Who is told to stop breaks off what is under way, which is no failure. */
  #failed(
    follower: Follower,
    failure: { readonly error: unknown; readonly at: number },
  ): void {
    if (this.#signal?.aborted !== true) failed(follower, failure, this.#ground);
  }

  #caughtUp({ followed: { projection, readModel } }: Follower): void {
    try {
      readModel.caughtUp?.();
    } catch (error) {
      this.#ground.logger.warn("older version of a read model stays", {
        projection: projection.name,
        error: textOf(error),
      });
    }
  }

  /** Lets others in, if the last time was longer ago than that. */
  async #breathe(afterMs: number): Promise<void> {
    if (this.#ground.clock.nowMs() - this.#breathedAtMs < afterMs) return;
    await this.#ground.breathe();
    this.#breathedAtMs = this.#ground.clock.nowMs();
  }

  async #persistIdle(stopping: boolean): Promise<void> {
    const nowMs = this.#ground.clock.nowMs();
    for (const each of this.#followers) {
      if (each.durable >= each.checkpoint) continue;
      if (!stopping && nowMs - each.durableAtMs < IDLE_CHECKPOINT_MS) continue;
      try {
        await this.#write(each, { writes: [], checkpoint: each.checkpoint });
      } catch (error) {
        // Nothing is lost: events that it did not need are passed over again after a restart.
        this.#ground.logger.warn("checkpoint could not be written", {
          projection: each.followed.projection.name,
          error: textOf(error),
        });
        each.durableAtMs = nowMs;
      }
    }
  }

  /** Until there is a new event, an attempt is due, or an idle checkpoint is to be made durable. */
  async #pause(signal: AbortSignal, seen: number): Promise<void> {
    const nowMs = this.#ground.clock.nowMs();
    const dueMs = this.#followers.filter(({ failures, stopped }) => failures > 0 && !stopped)
      .map(({ retryAtMs }) => Math.max(0, retryAtMs - nowMs));
    const timeoutMs = Math.min(IDLE_CHECKPOINT_MS, ...dueMs);
    await grownOrDue(this.#ground, { signal, seen, timeoutMs });
  }
}
