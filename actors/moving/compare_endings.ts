import { createHash } from "node:crypto";
import { TerminalError } from "../errors.ts";
import type { ListedLog, LogCopy, StoredLog, StreamEnding } from "../event_store/mod.ts";
import type { Compared } from "./compare_logs.ts";

/** Streams that are asked for at once. */
const STREAMS_AT_ONCE = 32;

export interface ComparedEndings {
  readonly streams: number;
  /** SHA-256, in hexadecimal digits, over name, revision and hash of every stream's last event. */
  readonly heads: string;
}

/**
 * Gives every stream of the copy the limits that it has, and compares where it ends. `list` is the one
 * of the two that knows its streams. Throws TerminalError with the first difference.
 */
export async function compareEndings(
  { from, to, list }: {
    readonly from: StoredLog;
    readonly to: LogCopy;
    readonly list: ListedLog;
  },
  { told, onStreams }: Pick<Compared, "told"> & {
    readonly onStreams: (count: number) => void;
  },
): Promise<ComparedEndings> {
  const heads = createHash("sha256");
  let streams = 0;
  for (let after = "";;) {
    const names = list.streams({ after, limit: STREAMS_AT_ONCE });
    if (names.length === 0) return { streams, heads: heads.digest("hex") };
    const endings = await Promise.all(names.map(async (stream) => {
      const ending = await from.ending(stream);
      await settled(to, { stream, ending, isTold: told.has(stream) });
      return { stream, ending };
    }));
    for (const { stream, ending: { revision, hash } } of endings) {
      heads.update(`${JSON.stringify(stream)} ${revision} `).update(hash);
    }
    streams += names.length;
    onStreams(streams);
    after = names.at(-1)!;
  }
}

async function settled(
  to: LogCopy,
  { stream, ending, isTold }: {
    readonly stream: string;
    readonly ending: StreamEnding;
    readonly isTold: boolean;
  },
): Promise<void> {
  let there = await to.ending(stream);
  if (hiding(there) !== hiding(ending)) {
    await to.settle(stream, ending);
    there = await to.ending(stream);
  }
  // What the move has added to the stream itself comes behind.
  const sameEnd = isTold || (there.revision === ending.revision &&
    there.hash.every((byte, index) => byte === ending.hash[index]));
  if (sameEnd && hiding(there) === hiding(ending)) return;
  throw new TerminalError(
    `Cannot prove the move: stream '${stream}' ends at ${shown(ending)} in the origin, at ${
      shown(there)
    } in the target`,
  );
}

function hiding(
  { limits: { maxCount, maxAgeSeconds, truncateBefore }, deletedBefore }: StreamEnding,
) {
  return `${maxCount} ${maxAgeSeconds} ${truncateBefore} ${deletedBefore}`;
}

function shown(ending: StreamEnding): string {
  const { revision, hash, limits, deletedBefore } = ending;
  const head = Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return `revision ${revision}, hash ${head.join("")}…, limits ${
    JSON.stringify(limits)
  }, deleted before ${deletedBefore}`;
}
