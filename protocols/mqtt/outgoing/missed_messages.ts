import type { LiveFeed, LiveMessage } from "../../../projections/mod.ts";
import { READ_INFLIGHT, READ_OUT_BYTES } from "../limits.ts";
import type { TopicForm } from "../topics.ts";
import type { Taker } from "./catch_up.ts";
import type { CatchUpTurns } from "./catch_up_turns.ts";
import type { Delivery } from "./delivery.ts";
import type { Lane } from "./lane.ts";
import type { Outbound } from "./outbound.ts";

/** Takes what the log brings to one session, by the subscriptions that it has now. */
export class MissedMessages implements Taker {
  readonly #ground: {
    readonly outbound: Outbound;
    readonly turns: CatchUpTurns;
    readonly liveFeed: LiveFeed;
    readonly outBytesMax: number;
  };
  readonly #deliveries: { readonly [form in TopicForm]: Delivery };

  constructor(
    deliveries: { readonly [form in TopicForm]: Delivery },
    ground: {
      readonly outbound: Outbound;
      readonly turns: CatchUpTurns;
      readonly liveFeed: LiveFeed;
      readonly outBytesMax: number;
    },
  ) {
    this.#deliveries = deliveries;
    this.#ground = ground;
  }

  get isClosed(): boolean {
    return this.#ground.outbound.isClosed;
  }

  begin(): void {
    const { outbound, turns, outBytesMax } = this.#ground;
    outbound.readLimits = {
      inflight: turns.share(READ_INFLIGHT),
      bytes: Math.min(turns.share(READ_OUT_BYTES), outBytesMax),
    };
  }

  take(lane: Lane, message: LiveMessage): boolean {
    const { outbound, liveFeed } = this.#ground;
    const delivery = this.#deliveries[lane.form];
    const match = lane.match(message.subtopic, () => liveFeed.matchOf(delivery, message));
    const read = match === undefined ? undefined : delivery.fromLog(message, match, lane);
    return read === undefined || outbound.sendRead(read.bytes, read.qos, read.sending);
  }

  room(): Promise<void> {
    return this.#ground.outbound.room();
  }
}
