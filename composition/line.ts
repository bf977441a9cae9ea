import {
  type DeadLetters,
  InProcessMailbox,
  type JetStreamNode,
  type Mailbox,
  newId,
  noDeadLetters,
  openJetStream,
  systemClock,
} from "../actors/mod.ts";
import type { Core } from "./core.ts";
import type { Ground } from "./ground.ts";

/** The line of messages in front of the actors, and what comes with it where nodes share one. */
export interface Line {
  readonly mailbox: Mailbox;
  readonly deadLetters: DeadLetters;
  /** Undefined where this process is the only one. */
  readonly shared: (JetStreamNode & { readonly node: string }) | undefined;
  stop(): Promise<void>;
}

/** In this process, or at NATS. */
export async function openLine({ settings, logger }: Ground, { store }: Core): Promise<Line> {
  if (settings.mailbox === "in-process") {
    const mailbox = new InProcessMailbox({ clock: systemClock });
    return { mailbox, deadLetters: noDeadLetters, shared: undefined, stop: () => mailbox.close() };
  }
  const node = newId();
  const shared = await openJetStream({
    connectionString: settings.mailbox,
    name: `millrace ${[...settings.roles].join()} ${node}`,
    logger,
    newId,
    logEnd: () => store.lastPosition(),
  });
  const { mailbox, deadLetters } = shared;
  return { mailbox, deadLetters, shared: { ...shared, node }, stop: () => shared.close() };
}
