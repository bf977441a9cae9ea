import {
  InProcessMailbox,
  MessageRecorder,
  newId,
  PARTITIONS,
  silentLogger,
  systemClock,
} from "../../../actors/mod.ts";
import { LiveFeed } from "../../../projections/mod.ts";
import { TickingIngress } from "../../../protocols/ingress/mod.ts";

export interface WayOfMessages {
  readonly ingress: TickingIngress;
  readonly liveFeed: LiveFeed;
  readonly mailbox: InProcessMailbox;
  /** Messages wait before the log until the returned function is called. */
  hold(): () => void;
  close(): Promise<void>;
}

/** The way of a message as the composition root lays it: tick, mailbox, channel actors, log. */
export function messagesInto(
  ground: ConstructorParameters<typeof MessageRecorder>[0],
): WayOfMessages {
  const mailbox = new InProcessMailbox({ clock: systemClock });
  const recorder = new MessageRecorder(ground);
  let gate = Promise.resolve();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    mailbox.consume(partition, async (frame) => {
      await gate;
      return await recorder.record(frame);
    });
  }
  const liveFeed = new LiveFeed();
  const ingress = new TickingIngress({
    mailbox,
    liveFeed,
    clock: systemClock,
    logger: silentLogger,
    newId,
  });
  return {
    ingress,
    liveFeed,
    mailbox,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async close() {
      await ingress.flush();
      await mailbox.close();
    },
  };
}
