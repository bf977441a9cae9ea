import { InvariantViolation } from "../../errors.ts";
import { MOVED_STREAM } from "./priors.ts";
import { SNAPSHOT_PREFIX } from "./snapshots.ts";

/** Names that streams of the log cannot have here. */
export function refuseReserved(stream: string): void {
  const isReserved = stream.startsWith("$") || stream.startsWith(SNAPSHOT_PREFIX) ||
    stream === MOVED_STREAM;
  if (!isReserved) return;
  throw new InvariantViolation(
    `Cannot use stream name '${stream}': '$' and '${SNAPSHOT_PREFIX}' begin the names of EventStoreDB's own streams and of snapshots, '${MOVED_STREAM}' tells what was moved`,
  );
}
