import {
  type Clock,
  decodeMessageBatch,
  InvariantViolation,
  type Logger,
  type Mailbox,
  type MailboxFrame,
  type MailboxSection,
  type MessageOrigin,
  reject,
  type SectionOutcome,
} from "../../actors/mod.ts";
import { type LiveFeed, RenderedFrames } from "../../projections/mod.ts";
import { type IngressCounters, newIngressCounters } from "./counters.ts";
import { EdgeTraces, type EdgeTracing } from "./edge_traces.ts";
import { framesOf, outcomeOf } from "./frames.ts";
import type { Ingress, MessageHead, PublishRoute, Waiter } from "./ingress.ts";
import { BATCH_BYTES_MAX, CONGESTED_BYTES, DRAINED_BYTES, TICK_MS } from "./limits.ts";
import { deliverBatch, type RetainedSink } from "./live_delivery.ts";
import { placed, recordBytes, type Route } from "./placing.ts";
import type { RecordedTail } from "./recorded_tail.ts";
import { type OpenBatch, Tick } from "./tick.ts";

export interface IngressGround {
  readonly mailbox: Mailbox;
  readonly liveFeed: LiveFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** The end of the log when it begins: nobody is told of what was stored before. 0 if absent. */
  readonly startPosition?: number;
  /** Hears of every retained message as soon as it is durable. */
  readonly retained?: RetainedSink;
  /** Where nodes share a mailbox: hands on what becomes of a frame, which the post does not tell. */
  readonly tail?: RecordedTail;
  /** Absent where no message is traced. */
  readonly traced?: EdgeTracing;
}

/**
 * Collects what all edges receive and posts it tick by tick, one tick at a time: while one is on its
 * way to the disk the next one fills, so batches grow with the load and an idle line waits for
 * nothing.
 */
export class TickingIngress implements Ingress {
  readonly #ground: IngressGround;
  #deliveredThrough: number;
  #open = new Tick();
  #flying: Promise<void> | undefined;
  #flyingBytes = 0;
  #closing: "unscheduled" | "later" | "this turn" = "unscheduled";
  #cancelClose = () => {};
  #lastClosedAtMs = 0;
  #drainWaiters: (() => void)[] = [];
  readonly #traces: EdgeTraces | undefined;
  readonly counters: IngressCounters = newIngressCounters();

  constructor(ground: IngressGround) {
    this.#ground = ground;
    this.#traces = ground.traced && new EdgeTraces(ground.traced);
    this.#deliveredThrough = ground.startPosition ?? 0;
  }

  route(channelId: string, subtopic: string, origin: MessageOrigin): PublishRoute {
    const route: Route = {
      channelId,
      subtopic,
      origin,
      tick: undefined,
      batch: undefined,
      originIndex: 0,
      subtopicIndex: 0,
    };
    return route;
  }

  publish(
    route: PublishRoute,
    message: MessageHead & {
      readonly source: Uint8Array;
      readonly start: number;
      readonly end: number;
      readonly waiter?: Waiter;
    },
  ): void {
    const tick = this.#open;
    const { contentType, properties, packetId } = message;
    const bytes = message.end - message.start;
    const place = placed(route as Route, tick, bytes + recordBytes(message));
    const heldBytes = place.batch.writer.byteLength;
    const receivedUs = this.#ground.clock.nowMs() * 1_000;
    place.batch.writer.add(
      {
        originIndex: place.originIndex,
        subtopicIndex: place.subtopicIndex,
        qos: message.qos,
        retain: message.retain,
        contentKind: message.contentKind,
        receivedUs,
        ...(contentType === undefined ? {} : { contentType }),
        ...(properties === undefined ? {} : { properties }),
        ...(packetId === undefined ? {} : { packetId }),
      },
      message.source,
      message.start,
      message.end,
    );
    tick.byteLength += place.batch.writer.byteLength - heldBytes;
    if (this.#traces !== undefined) {
      const { batch } = place;
      const { traceparent } = message;
      this.#traces.received(route, {
        traceparent,
        index: batch.writer.count - 1,
        traced: batch.traced ??= [],
      });
    }
    this.counters.messages++;
    this.counters.bytes += bytes;
    if (message.retain) place.batch.retainedCount++;
    if (message.waiter !== undefined) tick.await(message.waiter, route.channelId);
    if (message.qos === 0 && this.#ground.liveFeed.hasSubscribers(route.channelId)) {
      this.#deliverAtOnce(route, message, receivedUs);
    }
    if (this.#closing === "this turn") return;
    if (this.#closing === "unscheduled" || tick.byteLength >= BATCH_BYTES_MAX) {
      this.#scheduleClose();
    }
  }

  /** Messages that were to be traced and were not. */
  get tracesDropped(): number {
    return this.#traces?.dropped ?? 0;
  }

  get deliveredThrough(): number {
    return this.#ground.tail?.deliveredThrough ?? this.#deliveredThrough;
  }

  async recorded(channelIds: readonly string[]): Promise<void> {
    // Without a tail a post resolves behind the log's commit, and so does an acknowledgement.
    await this.#ground.tail?.caughtUp(channelIds);
  }

  get congested(): boolean {
    return this.#open.byteLength + this.#flyingBytes >= CONGESTED_BYTES;
  }

  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Posts what is open and waits until everything accepted is settled. */
  async flush(): Promise<void> {
    while (!this.#open.isEmpty || this.#flying !== undefined) {
      if (this.#flying === undefined) this.#close();
      await this.#flying;
    }
  }

  #deliverAtOnce(
    route: PublishRoute,
    message: MessageHead & {
      readonly source: Uint8Array;
      readonly start: number;
      readonly end: number;
    },
    receivedUs: number,
  ): void {
    this.#ground.liveFeed.publish({
      channelId: route.channelId,
      subtopic: route.subtopic,
      origin: route.origin,
      receivedUs,
      qos: 0,
      retain: message.retain,
      contentKind: message.contentKind,
      contentType: message.contentType ?? "",
      ...(message.properties === undefined ? {} : { properties: message.properties }),
      payload: message.source.subarray(message.start, message.end),
      rendered: new RenderedFrames(),
    });
  }

  // At most one close is scheduled, and none while a tick flies: its landing closes the next.
  #scheduleClose(): void {
    if (this.#flying !== undefined) return;
    this.#cancelClose();
    const waitMs = this.#open.byteLength >= BATCH_BYTES_MAX
      ? 0
      : this.#lastClosedAtMs + TICK_MS - this.#ground.clock.nowMs();
    this.#closing = waitMs <= 0 ? "this turn" : "later";
    if (waitMs <= 0) queueMicrotask(() => this.#close());
    else this.#cancelClose = this.#ground.clock.schedule(waitMs, () => this.#close());
  }

  #close(): void {
    this.#closing = "unscheduled";
    this.#cancelClose();
    this.#cancelClose = () => {};
    if (this.#flying !== undefined || this.#open.isEmpty) return;
    const tick = this.#open;
    this.#open = new Tick();
    this.#flyingBytes = tick.byteLength;
    this.#lastClosedAtMs = this.#ground.clock.nowMs();
    this.counters.ticks++;
    this.#flying = this.#fly(tick).finally(() => {
      this.#flying = undefined;
      this.#flyingBytes = 0;
      if (!this.#open.isEmpty && this.#closing === "unscheduled") this.#scheduleClose();
      this.#wakeDrained();
    });
  }

  #wakeDrained(): void {
    if (this.#drainWaiters.length === 0 || this.#open.byteLength > DRAINED_BYTES) return;
    for (const resolve of this.#drainWaiters.splice(0)) resolve();
  }

  async #fly(tick: Tick): Promise<void> {
    const frames = framesOf(tick, {
      newId: this.#ground.newId,
      closedAtMs: this.#lastClosedAtMs,
      onSection: this.#sectioned,
    });
    const outcomes = new Map<string, SectionOutcome>();
    await Promise.all(frames.map((frame) => this.#post(frame, outcomes)));
    for (const { position } of outcomes.values()) {
      if (position > this.#deliveredThrough) this.#deliveredThrough = position;
    }
    const waitedSeconds = (performance.now() - tick.openedMs) / 1_000;
    for (const [waiter, { count, channelIds }] of tick.waiters()) {
      waiter.settle({ count, waitedSeconds, ...outcomeOf(channelIds, outcomes) });
    }
    this.counters.durable.observe(waitedSeconds, tick.messageCount);
  }

  readonly #sectioned = (section: MailboxSection, { traced }: OpenBatch): void => {
    this.counters.batchMessages.observe(section.messageCount);
    this.counters.batchBytes.observe(section.batch.length);
    if (traced !== undefined) this.#traces?.committing(section, traced);
  };

  async #post(frame: MailboxFrame, outcomes: Map<string, SectionOutcome>): Promise<void> {
    const { tail } = this.#ground;
    let landed: readonly SectionOutcome[];
    try {
      tail?.posting(frame);
      const receipt = await this.#ground.mailbox.post(frame);
      landed = receipt.outcomes ?? frame.sections.map(() => ({ position: 0 }));
    } catch (error) {
      tail?.notPosted(frame);
      this.#ground.logger.error("messages refused", { frame: frame.id, error: String(error) });
      const rejection = reject("unavailable", `Cannot store messages: ${String(error)}`);
      landed = frame.sections.map(() => ({ position: 0, rejection }));
    }
    frame.sections.forEach((section, index) => {
      const outcome = landed[index];
      if (outcome === undefined) {
        throw new InvariantViolation(
          `Cannot settle frame '${frame.id}': section ${index} has no outcome`,
        );
      }
      // A channel whose batches did not all get through counts as refused.
      if (outcomes.get(section.channelId)?.rejection === undefined) {
        outcomes.set(section.channelId, outcome);
      }
      this.#traces?.committed(section, outcome);
      if (outcome.rejection !== undefined) this.counters.refused += section.messageCount;
      else if (tail === undefined) this.#deliver(section, outcome.position);
    });
  }

  // Only QoS 1 and 2 are left: QoS 0 went out when it came in.
  #deliver(section: MailboxSection, position: number): void {
    const listened = this.#ground.liveFeed.hasSubscribers(section.channelId);
    if (!listened && (section.retainedCount === 0 || this.#ground.retained === undefined)) return;
    deliverBatch(decodeMessageBatch(section.batch).messages, {
      channelId: section.channelId,
      position,
      liveFeed: this.#ground.liveFeed,
      ...(this.#ground.retained === undefined ? {} : { retained: this.#ground.retained }),
    });
  }
}
