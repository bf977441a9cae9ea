import type { RecordedEvent } from "../../actors/mod.ts";
import type { Projection, ReadModel } from "./projection.ts";

/** A projection with the read model that it fills. */
// deno-lint-ignore no-explicit-any -- each pair agrees on its own kind of write
export type Followed = { readonly projection: Projection<any>; readonly readModel: ReadModel<any> };

/** Queries of the same thread wait no longer than about this for one slice of a page. */
const SLICE_TARGET_MS = 20;
/** Events of the first slice, before it is known what they cost. */
const SLICE_EVENTS_FIRST = 64;
/** One event can still cost more than a slice may: a batch holds thousands of messages. */
const SLICE_EVENTS_MIN = 1;
const SLICE_EVENTS_MAX = 512;

/** Where one projection stands, in the memory of the loop. */
export interface Follower {
  readonly followed: Followed;
  readonly wants: (event: RecordedEvent) => boolean;
  /**
   * The prefixes of its streams: only those that read the same share pages. What everybody waits for
   * (access) would otherwise go at the pace of what takes longest (measurements).
   */
  readonly reads: string;
  /** Position reached. */
  checkpoint: number;
  /** Position reached as the read model's file knows it. */
  durable: number;
  /** When the checkpoint last became durable. */
  durableAtMs: number;
  /** Attempts in a row that came to nothing. */
  failures: number;
  /** Not before this instant is it tried again. */
  retryAtMs: number;
  error: string | undefined;
  /** Red, and no attempt will follow. */
  stopped: boolean;
  /** Its engine is away: it goes on as soon as that answers. */
  waiting: boolean;
  live: boolean;
  /** When the oldest event was recorded that is known and not applied yet. */
  behindSinceMs: number | undefined;
  /** Events applied since the start. */
  events: number;
  /** Events that are applied in one transaction; follows what they cost. */
  sliceEvents: number;
}

export async function followerOf(followed: Followed, nowMs: number): Promise<Follower> {
  const { handles, streamPrefixes } = followed.projection;
  const types = new Set(handles);
  const checkpoint = await followed.readModel.checkpoint();
  return {
    followed,
    reads: streamPrefixes?.join(" ") ?? "",
    // Those that share a page see events that only another of them asked for.
    wants: ({ type, stream }) =>
      types.has(type) &&
      (streamPrefixes === undefined || streamPrefixes.some((prefix) => stream.startsWith(prefix))),
    checkpoint,
    durable: checkpoint,
    durableAtMs: nowMs,
    failures: 0,
    retryAtMs: 0,
    error: undefined,
    stopped: false,
    waiting: false,
    live: false,
    behindSinceMs: undefined,
    events: 0,
    sliceEvents: SLICE_EVENTS_FIRST,
  };
}

/** Makes the next slice longer or shorter, by what the last one took. */
export function paceAfter(follower: Follower, tookMs: number): void {
  const targetMs = follower.followed.readModel.sliceMs ?? SLICE_TARGET_MS;
  if (tookMs > targetMs) {
    follower.sliceEvents = Math.max(SLICE_EVENTS_MIN, follower.sliceEvents >> 1);
  } else if (tookMs < targetMs / 4) {
    follower.sliceEvents = Math.min(SLICE_EVENTS_MAX, follower.sliceEvents * 2);
  }
}

/** What the group needs of the log; undefined if one of them needs all of it. */
export function prefixesOf(group: readonly Follower[]): readonly string[] | undefined {
  const prefixes = new Set<string>();
  for (const { followed } of group) {
    if (followed.projection.streamPrefixes === undefined) return undefined;
    for (const prefix of followed.projection.streamPrefixes) prefixes.add(prefix);
  }
  return [...prefixes];
}

export interface ProjectedSlice {
  readonly writes: readonly unknown[];
  /** Events that were projected, and the position of the last of them. */
  readonly count: number;
  readonly done: number;
  readonly failed: { readonly error: unknown; readonly at: number } | undefined;
}

/** What the events come to, up to the first that cannot be projected. */
export function projectSlice(
  { followed, checkpoint }: Follower,
  slice: readonly RecordedEvent[],
): ProjectedSlice {
  const writes: unknown[] = [];
  let count = 0;
  let done = checkpoint;
  for (const event of slice) {
    try {
      for (const write of followed.projection.project(event)) writes.push(write);
    } catch (error) {
      return { writes, count, done, failed: { error, at: event.position } };
    }
    count++;
    done = event.position;
  }
  return { writes, count, done, failed: undefined };
}
