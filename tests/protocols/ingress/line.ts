import assert from "node:assert/strict";
import {
  ActorRuntime,
  type ChannelCommand,
  channelKind,
  decodeMessageBatch,
  type EventStore,
  InProcessMailbox,
  isRejection,
  type MailboxFrame,
  ManualClock,
  type Message,
  MessageRecorder,
  newId,
  openInlineEventStore,
  PARTITIONS,
  READ_LIMIT_MAX,
  silentLogger,
  SYSTEM_AUTHORITY,
} from "../../../actors/mod.ts";
import { LiveFeed, type LiveMessage } from "../../../projections/mod.ts";
import {
  type PublishRoute,
  type Settlement,
  TickingIngress,
  type Waiter,
} from "../../../protocols/ingress/mod.ts";
import { METADATA } from "../../actors/event_store/events.ts";

export const CHANNEL_A = "c0000000-0000-4000-8000-00000000000a";
export const CHANNEL_B = "c0000000-0000-4000-8000-00000000000b";
export const CHANNEL_C = "c0000000-0000-4000-8000-00000000000c";
export const PUBLISHER = "70000000-0000-4000-8000-000000000001";

export interface Remembered {
  readonly subtopic: string;
  readonly text: string;
  readonly position: number;
}

/** The real way from ingress to the log, with time and the consumers' pace in the test's hands. */
export interface Line {
  readonly ingress: TickingIngress;
  readonly clock: ManualClock;
  readonly store: EventStore;
  readonly mailbox: InProcessMailbox;
  readonly liveFeed: LiveFeed;
  /** What the consumers of the mailbox were handed, in that order. */
  readonly frames: readonly MailboxFrame[];
  /** What the retained sink was told. */
  readonly remembered: readonly Remembered[];
  /** Lets no frame reach the log until the answer is called. */
  hold(): () => void;
  command(channelId: string, command: ChannelCommand): Promise<void>;
  close(): Promise<void>;
}

export async function openLine(): Promise<Line> {
  const clock = new ManualClock();
  const store = openInlineEventStore({ path: ":memory:", nowMs: () => clock.nowMs() });
  const runtime = new ActorRuntime({ store, clock, logger: silentLogger, newId });
  const mailbox = new InProcessMailbox({ clock });
  const recorder = new MessageRecorder({ store, runtime });
  const frames: MailboxFrame[] = [];
  const remembered: Remembered[] = [];
  let gate = Promise.resolve();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    mailbox.consume(partition, async (frame) => {
      frames.push(frame);
      await gate;
      return await recorder.record(frame);
    });
  }
  const liveFeed = new LiveFeed();
  const ingress = new TickingIngress({
    mailbox,
    liveFeed,
    clock,
    logger: silentLogger,
    newId,
    retained: {
      remember: ({ subtopic, place: [position], payload }) =>
        remembered.push({ subtopic, position, text: new TextDecoder().decode(payload) }),
    },
  });
  const line: Line = {
    ingress,
    clock,
    store,
    mailbox,
    liveFeed,
    frames,
    remembered,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async command(channelId, command) {
      const context = { ...METADATA, commandId: newId(), correlationId: newId() };
      const outcome = await runtime.execute(channelKind, { id: channelId, command, context });
      assert.ok(!isRejection(outcome), JSON.stringify(outcome));
    },
    async close() {
      await ingress.flush();
      await mailbox.close();
      runtime.close();
      await store.close();
    },
  };
  for (const id of [CHANNEL_A, CHANNEL_B]) {
    const profile = { name: id };
    await line.command(id, {
      type: "CreateChannel",
      by: SYSTEM_AUTHORITY,
      domainId: METADATA.domainId,
      profile,
    });
  }
  return line;
}

/** Runs with a line of its own, which is flushed and closed afterwards. */
export async function withLine(run: (line: Line) => Promise<void>): Promise<void> {
  const line = await openLine();
  await run(line);
  await line.close();
}

/** A route to a channel; every one comes from a connection of its own unless told otherwise. */
export function routeTo(
  { ingress }: Line,
  channelId: string,
  options: { readonly subtopic?: string; readonly publisher?: string } = {},
): PublishRoute {
  return ingress.route(channelId, options.subtopic ?? "", {
    publisher: options.publisher ?? PUBLISHER,
    protocol: "mqtt",
    remoteAddress: "192.0.2.1:50000",
    correlationId: newId(),
  });
}

export interface Spoken {
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly waiter?: Waiter;
  readonly contentType?: string;
}

/** Publishes a text, at QoS 1 unless told otherwise, out of the middle of a larger buffer. */
export function say(
  { ingress }: Line,
  { route, text }: { readonly route: PublishRoute; readonly text: string },
  { qos = 1, retain = false, waiter, contentType }: Spoken = {},
): void {
  const source = new TextEncoder().encode(`<${text}>`);
  ingress.publish(route, {
    source,
    start: 1,
    end: source.length - 1,
    qos,
    retain,
    contentKind: contentType === undefined ? "unspecified" : "opaque",
    ...(contentType === undefined ? {} : { contentType }),
    ...(waiter === undefined ? {} : { waiter }),
  });
}

/** A waiter that keeps what it is told; `next` is the first that nobody has taken. */
export class Witness implements Waiter {
  readonly settlements: Settlement[] = [];
  readonly #onSettled: () => void;
  #awaiting: ((settlement: Settlement) => void)[] = [];
  #taken = 0;

  constructor(onSettled: () => void = () => {}) {
    this.#onSettled = onSettled;
  }

  settle(settlement: Settlement): void {
    this.settlements.push(settlement);
    this.#onSettled();
    this.#awaiting.shift()?.(settlement);
  }

  next(): Promise<Settlement> {
    const known = this.settlements[this.#taken++];
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }
}

/** Lets everything happen that does not wait for a clock or for the test. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

export function textOf({ payload }: Pick<Message | LiveMessage, "payload">): string {
  return new TextDecoder().decode(payload);
}

export interface Kept extends Message {
  readonly channelId: string;
  readonly position: number;
}

/** All messages that the log holds, in its order. */
export async function kept({ store }: Line): Promise<readonly Kept[]> {
  const messages: Kept[] = [];
  const options = { limit: READ_LIMIT_MAX, streamPrefixes: ["messages-"] };
  for (let after = 0, atEnd = false; !atEnd;) {
    const page = await store.readAll({ ...options, after });
    for (const { data, stream, position } of page.events) {
      const channelId = stream.slice("messages-".length, -"-2026-01-01".length);
      for (const message of decodeMessageBatch(data as Uint8Array).messages) {
        messages.push({ ...message, channelId, position });
      }
    }
    ({ reached: after, atEnd } = page);
  }
  return messages;
}
