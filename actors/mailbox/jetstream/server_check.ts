import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection, ServerInfo } from "@nats-io/nats-core";
import { TransientError, UsageError } from "../../errors.ts";
import { HEAD_BYTES_MAX, PART_BYTES_MAX } from "./limits.ts";

/** Streams, consumers and requests as this adapter uses them; run against 2.9.10. */
const OLDEST = [2, 9] as const;
/** Older servers cannot be told to flush before they acknowledge. */
const FLUSHES_SINCE = [2, 10] as const;

/**
 * Refuses a server that cannot do what is needed, and answers what would be silently weaker than
 * promised. Nobody but the server's administrator may ask it for its `sync_interval`, so that is said
 * of every single server.
 */
export async function checkServer(
  connection: NatsConnection,
  { manager, replicas }: { readonly manager: JetStreamManager; readonly replicas: number },
): Promise<readonly string[]> {
  const { version, max_payload: payload, cluster } = connection.info!;
  if (isBefore(version, OLDEST)) {
    throw new UsageError(
      `Cannot use nats-server '${version}' for the mailbox: ${OLDEST.join(".")} or newer is needed`,
    );
  }
  if (payload < PART_BYTES_MAX + HEAD_BYTES_MAX) {
    throw new UsageError(
      `Cannot use the NATS server for the mailbox: its max_payload is ${payload} bytes, set it to 1MB or more`,
    );
  }
  if (replicas > 1 && cluster === undefined) {
    throw new UsageError(
      `Cannot keep ${replicas} replicas of the mailbox: the NATS server is no member of a cluster, ask for replicas=1`,
    );
  }
  await checkJetStream(manager, connection.info!);
  const warnings: string[] = [];
  if (replicas === 1) warnings.push(singleCopy(version));
  if (replicas === 1 && cluster !== undefined) {
    warnings.push(
      `the mailbox has one copy in cluster '${cluster}': a server that is away stops it, ask for replicas=3`,
    );
  }
  return warnings;
}

function singleCopy(version: string): string {
  const begin =
    "the mailbox has one copy, and what it acknowledged last may be lost when the server's";
  if (isBefore(version, FLUSHES_SINCE)) {
    return `${begin} machine fails: nats-server ${version} flushes its disk every two minutes; use 2.10 or newer with sync_interval: always in its jetstream block, or replicas=3`;
  }
  return `${begin} machine fails, unless sync_interval: always stands in its jetstream block; that cannot be asked from here, so set it, or use replicas=3`;
}

/** A TransientError where JetStream may only be about to start, or to elect a leader. */
async function checkJetStream(
  manager: JetStreamManager,
  { jetstream, cluster }: ServerInfo,
): Promise<void> {
  try {
    await manager.getAccountInfo();
  } catch (cause) {
    // The client gives this error no class that it would show.
    if (!(cause instanceof Error) || cause.name !== "JetStreamNotEnabled") throw cause;
    const what =
      "JetStream is off, switch it on by a jetstream block with a store_dir in its configuration, and for the user's account";
    const text = `Cannot use the NATS server for the mailbox: ${what}`;
    const starts = jetstream === true || cluster !== undefined;
    throw starts ? new TransientError(text, { cause }) : new UsageError(text, { cause });
  }
}

export function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ourMajor = 0, ourMinor = 0] = version.split(".").map(Number);
  return ourMajor < major || (ourMajor === major && ourMinor < minor);
}
