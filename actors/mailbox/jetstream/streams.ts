import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { UsageError } from "../../errors.ts";
import { PARTITIONS } from "../mailbox.ts";
import {
  ACK_WAIT_MS,
  DEAD_AGE_MS,
  DEAD_BYTES_MAX,
  DUPLICATES_MS,
  HEAD_BYTES_MAX,
  PART_BYTES_MAX,
} from "./limits.ts";
import type { Names } from "./names.ts";
import { isFull } from "./nats_errors.ts";

const STREAM_NOT_FOUND = 10059;
/** A consumer of this name is there, with other settings. */
const EXISTS = new Set([10105, 10148]);

export interface StreamSettings {
  readonly names: Names;
  readonly prefix: string;
  readonly replicas: number;
  readonly maxBytes: number;
}

type Wanted = Partial<StreamConfig> & { readonly name: string };

/** What is changed on a stream that is there already; the rest of it is its operator's. */
const KEPT_EQUAL = ["max_bytes", "max_age", "num_replicas", "duplicate_window", "discard"] as const;

/** Makes the streams, or makes them as they should be; answers what had to be changed. */
export async function ensureStreams(
  manager: JetStreamManager,
  settings: StreamSettings,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const wanted of [...mailboxStreams(settings), deadStream(settings)]) {
    changed.push(...await ensure(manager, wanted));
  }
  return changed;
}

function mailboxStreams({ names, replicas, maxBytes }: StreamSettings): readonly Wanted[] {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return names.mailboxes.map((name) => ({
    name,
    subjects: partitions.filter((partition) => names.streamOf(partition) === name)
      .map((partition) => names.mailboxOf(partition)),
    // A frame goes when its one consumer has acknowledged it.
    retention: RetentionPolicy.Workqueue,
    // A full mailbox refuses: what it took was promised to somebody.
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    max_bytes: Math.floor(maxBytes / names.mailboxes.length),
    max_msg_size: PART_BYTES_MAX + HEAD_BYTES_MAX,
    duplicate_window: nanos(DUPLICATES_MS),
    num_replicas: replicas,
  }));
}

function deadStream({ names, prefix, replicas }: StreamSettings): Wanted {
  return {
    name: names.dead,
    subjects: [`${prefix}.dead.*`],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: StorageType.File,
    max_bytes: DEAD_BYTES_MAX,
    max_age: nanos(DEAD_AGE_MS),
    duplicate_window: nanos(DUPLICATES_MS),
    num_replicas: replicas,
  };
}

async function ensure(manager: JetStreamManager, wanted: Wanted): Promise<readonly string[]> {
  const config = await configOf(manager, wanted.name);
  if (config === undefined) {
    await manager.streams.add(wanted).catch((error: unknown) => explain(wanted, error));
    return [];
  }
  const retention = wanted.retention!;
  if (config.retention !== retention) {
    throw new UsageError(
      `Cannot use stream '${wanted.name}': its retention is '${config.retention}', '${retention}' is needed; remove the stream or choose another prefix`,
    );
  }
  const different = KEPT_EQUAL.filter((field) =>
    wanted[field] !== undefined && wanted[field] !== config[field]
  );
  if (different.length === 0) return [];
  const update = Object.fromEntries(different.map((field) => [field, wanted[field]]));
  await manager.streams.update(wanted.name, update).catch((error: unknown) =>
    explain(wanted, error)
  );
  return different.map((field) =>
    `stream '${wanted.name}' had ${field} '${config[field]}', it was changed to '${wanted[field]}'`
  );
}

async function configOf(manager: JetStreamManager, name: string) {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

function explain({ name, max_bytes: bytes, num_replicas: replicas }: Wanted, cause: unknown) {
  if (!isFull(cause)) throw cause;
  throw new UsageError(
    `Cannot make stream '${name}' of ${bytes} bytes and ${replicas} replicas: JetStream has no such room (${
      (cause as Error).message
    }), give it more storage or nodes, or lower maxBytes or replicas`,
    { cause },
  );
}

/**
 * The durable consumer of a partition. One frame is out at a time: whatever node asks, and however
 * many believe that the partition is theirs, no frame overtakes the one before it. A longer line of
 * prefetched frames would be handed out again behind newer ones when its node dies.
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  { names, partition }: { readonly names: Names; readonly partition: number },
): Promise<ConsumerInfo> {
  const durable = names.consumerOf(partition);
  const changeable = { ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: 1, max_deliver: -1 };
  try {
    return await manager.consumers.add(names.streamOf(partition), {
      durable_name: durable,
      filter_subject: names.mailboxOf(partition),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...changeable,
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || !EXISTS.has(error.code)) throw error;
    // A node of another version made it.
    return await manager.consumers.update(names.streamOf(partition), durable, changeable);
  }
}
