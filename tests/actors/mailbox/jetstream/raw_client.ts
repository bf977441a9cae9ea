import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";

/** What others may do at the server: looks at streams, and writes what no node of ours would. */
export interface RawClient {
  publish(subject: string, bytes: Uint8Array): Promise<void>;
  /** Makes the first stream of a mailbox as somebody else would have it. */
  makeMailbox(retention: "limits" | "workqueue", maxBytes: number): Promise<void>;
  /** Makes the consumer of a partition as a node of another version would. */
  makeConsumer(partition: string, ackWaitMs: number): Promise<void>;
  ackWaitMsOf(partition: string): Promise<number>;
  deleteConsumer(partition: string): Promise<void>;
  close(): Promise<void>;
}

function padded(partition: number): string {
  return String(partition).padStart(2, "0");
}

function streamOf(partition: string): string {
  return `millrace_mailbox_${Number(partition) % 4}`;
}

/** A server that still writes down how far a consumer is may fail to remove it, and then it is asked again. */
function isGone(error: unknown): boolean {
  return /consumer not found/.test(String(error));
}

export async function rawClient(url: string): Promise<RawClient> {
  const connection = await connect({ servers: url });
  const client = jetstream(connection);
  const manager = await jetstreamManager(connection);
  return {
    async publish(subject, bytes) {
      await client.publish(subject, bytes);
    },
    async makeMailbox(retention, maxBytes) {
      const subjects = Array.from({ length: 8 }, (_, n) => `millrace.mailbox.${padded(4 * n)}`);
      await manager.streams.add({
        name: "millrace_mailbox_0",
        subjects,
        retention,
        max_bytes: maxBytes,
      });
    },
    async makeConsumer(partition, ackWaitMs) {
      await manager.consumers.add(streamOf(partition), {
        durable_name: `p${partition}`,
        filter_subject: `millrace.mailbox.${partition}`,
        ack_policy: "explicit",
        ack_wait: nanos(ackWaitMs),
      });
    },
    async ackWaitMsOf(partition) {
      const { config } = await manager.consumers.info(streamOf(partition), `p${partition}`);
      return config.ack_wait! / 1_000_000;
    },
    async deleteConsumer(partition) {
      for (let gone = false; !gone;) {
        gone = await manager.consumers.delete(streamOf(partition), `p${partition}`).catch(isGone);
      }
    },
    close: () => connection.close(),
  };
}
