import streams from "@eventstore/db-client/generated/streams_pb.js";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { Ground } from "./appending.ts";
import { pause, takeOne } from "./faults.ts";
import type { StoredEvent } from "./memory_log.ts";
import {
  accessDenied,
  failure,
  identifierOf,
  readEventOf,
  streamDeleted,
  streamName,
} from "./wire.ts";

type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
type Options = streams.ReadReq.Options;

const BACKWARDS = 1;
/** Events looked at between two checkpoints, times the multiplier that was asked for. */
const CHECKPOINT_EVENTS = 32;

export async function read(ground: Ground, call: ReadCall): Promise<void> {
  const options = call.request.getOptions()!;
  const gone = new AbortController();
  call.on("cancelled", () => gone.abort());
  call.on("error", () => gone.abort());
  if (takeOne(ground.faults, "readsHanging")) return;
  try {
    if (ground.faults.readsDenied) throw accessDenied();
    if (options.hasStream()) await readStream(ground, call, options);
    else if (options.hasSubscription()) await subscribe(ground, { call, signal: gone.signal });
    else await readAll(ground, call, options);
    call.end();
  } catch (error) {
    call.emit("error", error);
  }
}

async function readStream({ log }: Ground, call: ReadCall, options: Options): Promise<void> {
  const where = options.getStream()!;
  const stream = streamName(where.getStreamIdentifier());
  const shown = log.shown(stream);
  if (shown === "tombstoned") throw streamDeleted(stream);
  if (shown === "not_found") {
    const absent = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(stream));
    await write(call, new streams.ReadResp().setStreamNotFound(absent));
    return;
  }
  const backwards = options.getReadDirection() === BACKWARDS;
  const revision = where.hasRevision() ? Number(where.getRevision()) : undefined;
  const from = revision ?? (where.hasEnd() ? Infinity : 0);
  const ordered = backwards
    ? shown.filter((event) => event.revision <= from).reverse()
    : shown.filter((event) => event.revision >= from);
  for (const event of ordered.slice(0, Number(options.getCount()))) {
    await write(call, readEventOf(event));
  }
}

async function readAll(ground: Ground, call: ReadCall, options: Options): Promise<void> {
  const { log, faults } = ground;
  const where = options.getAll()!;
  const matches = matcher(options);
  const step = options.getReadDirection() === BACKWARDS ? -1 : 1;
  let at = where.hasStart() ? 0 : log.events.length;
  if (where.hasPosition()) at = placeOf(ground, where.getPosition()!);
  // A position lies before its event: backwards, that event is not shown.
  if (step < 0) at--;
  for (let left = Number(options.getCount()); left > 0; at += step) {
    const event = log.events[at];
    if (event === undefined) return;
    await pause(faults.allDelayMs);
    if (!matches(event)) continue;
    left--;
    ground.sent.events++;
    await write(call, readEventOf(event));
  }
}

/** Begins behind the position that it is given, and ends only with the call. */
async function subscribe(
  ground: Ground,
  { call, signal }: { readonly call: ReadCall; readonly signal: AbortSignal },
): Promise<void> {
  const { log, faults } = ground;
  const options = call.request.getOptions()!;
  const where = options.getAll()!;
  const matches = matcher(options);
  const every = CHECKPOINT_EVENTS *
    (options.getFilter()?.getCheckpointintervalmultiplier() ?? Infinity);
  let at = where.hasStart() ? 0 : log.events.length;
  if (where.hasPosition()) at = placeOf(ground, where.getPosition()!) + 1;
  const confirmation = new streams.ReadResp.SubscriptionConfirmation()
    .setSubscriptionId(crypto.randomUUID());
  await write(call, new streams.ReadResp().setConfirmation(confirmation));
  for (let looked = 0; !signal.aborted;) {
    const grown = log.grown(signal);
    for (let event; !signal.aborted && (event = log.events[at]) !== undefined; at++) {
      await pause(faults.allDelayMs);
      if (matches(event)) await write(call, readEventOf(event));
      if (++looked % every === 0) await write(call, checkpointAt(event.position));
    }
    await grown;
  }
}

/** The server takes positions that it gave, and no others. */
function placeOf({ log }: Ground, position: streams.ReadReq.Options.Position): number {
  const commit = Number(position.getCommitPosition());
  const at = log.indexOf(commit);
  if (commit === 0 || log.events[at]?.position === commit) return at;
  throw failure(status.UNKNOWN, `Log record at actual pos ${commit} is invalid`);
}

function matcher(options: Options): (event: StoredEvent) => boolean {
  const filter = options.getFilter();
  const byStream = filter?.getStreamIdentifier();
  const expression = byStream ?? filter?.getEventType();
  if (expression === undefined) return () => true;
  const prefixes = expression.getPrefixList();
  const pattern = new RegExp(expression.getRegex());
  const text = ({ stream, type }: StoredEvent) => byStream === undefined ? type : stream;
  return expression.getRegex() === ""
    ? (event) => prefixes.some((prefix) => text(event).startsWith(prefix))
    : (event) => pattern.test(text(event));
}

function checkpointAt(position: number): streams.ReadResp {
  return new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(position))
      .setPreparePosition(String(position)),
  );
}

async function write(call: ReadCall, response: streams.ReadResp): Promise<void> {
  if (call.cancelled || call.destroyed) return;
  if (call.write(response)) return;
  const going = Promise.withResolvers<void>();
  const ends = ["drain", "cancelled", "close"];
  for (const end of ends) call.once(end, going.resolve);
  await going.promise;
  for (const end of ends) call.off(end, going.resolve);
}
