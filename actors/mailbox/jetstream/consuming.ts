import type { JetStreamManager } from "@nats-io/jetstream";
import { reject, type RejectionCode, TerminalError, TransientError } from "../../errors.ts";
import { backOffMs, type Logger, pause, settledWithin } from "../../platform/mod.ts";
import {
  FRAME_ATTEMPTS_MAX,
  type FrameHandler,
  type MailboxFrame,
  type SectionOutcome,
} from "../mailbox.ts";
import { decodeFrame } from "./frame_codec.ts";
import { PULL_MS, REASON_LENGTH_MAX, WORKING_MS } from "./limits.ts";
import type { NatsLink } from "./link.ts";
import { encodeTold } from "./live_codec.ts";
import type { Names } from "./names.ts";
import { natsTranslated } from "./nats_errors.ts";
import { type Delivery, PullLine } from "./pulling.ts";
import type { SetAside } from "./setting_aside.ts";
import { ensureConsumer } from "./streams.ts";

const encoder = new TextEncoder();
const ACK = encoder.encode("+ACK");
const NAK = encoder.encode("-NAK");
const WORKING = encoder.encode("+WPI");

/** Refusals that say nothing of what was refused. */
const PASSING: ReadonlySet<RejectionCode> = new Set(["unavailable", "storage_full"]);

export interface ConsumeGround {
  readonly link: NatsLink;
  readonly manager: JetStreamManager;
  readonly names: Names;
  readonly logger: Logger;
  readonly setAside: SetAside;
}

/** What stops a partition, and since when. */
export interface Waiting {
  readonly partition: number;
  readonly reason: string;
  readonly attempts: number;
}

/** The consumer ended before the frame in hand was done: it goes back. */
class Ended extends TransientError {}

/**
 * The one consumer of a partition on this node: asks for a frame, handles it, tells what became of
 * it, acknowledges it, and asks for the next.
 */
export class PartitionConsumer {
  readonly #ground: ConsumeGround;
  readonly #partition: number;
  readonly #handler: FrameHandler;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #line: PullLine | undefined;
  #waiting: Waiting | undefined;
  #inHand = false;
  #begun = 0;
  /** Newest delivery that was acknowledged, and so told; undefined until the server was asked. */
  #lastDelivery: number | undefined;
  /** A frame is out that a consumer before this one may have stored and not told. */
  #unsettled = true;

  constructor(
    ground: ConsumeGround,
    { partition, handler }: { readonly partition: number; readonly handler: FrameHandler },
  ) {
    this.#ground = ground;
    this.#partition = partition;
    this.#handler = handler;
    this.#done = this.#run();
  }

  get partition(): number {
    return this.#partition;
  }

  /** What the partition waits for, if it does. */
  get waiting(): Waiting | undefined {
    return this.#waiting;
  }

  /** Grows with every frame that is begun. */
  get begun(): number {
    return this.#begun;
  }

  /** The newest delivery that was told, while nothing is in hand; undefined while something is. */
  get idleAt(): number | undefined {
    return this.#inHand || this.#unsettled || this.#ending.signal.aborted
      ? undefined
      : this.#lastDelivery;
  }

  /** The line was away: the server has forgotten what was asked. */
  lineReturned(): void {
    this.#line?.interrupt();
  }

  /** Resolves once the frame in hand is done, or given back if it waits for an engine. */
  end(): Promise<void> {
    this.#ending.abort();
    this.#line?.interrupt();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#lineUp();
        await this.#open();
        if (await this.#pull()) attempt = 0;
        else await pause(backOffMs(attempt), signal);
      } catch (cause) {
        const { message } = natsTranslated(`consume partition ${this.#partition}`, cause);
        this.#wait(message, attempt + 1);
        await pause(backOffMs(attempt), signal);
      }
    }
    await this.#line?.end();
  }

  /** Looks whether what was out when this consumer began came back or was acknowledged. */
  async settle(): Promise<void> {
    if (!this.#unsettled || this.#inHand || this.#ending.signal.aborted) return;
    const { link, manager, names } = this.#ground;
    const partition = this.#partition;
    const { ack_floor: floor, num_ack_pending: out } = await link.whileUp(
      ensureConsumer(manager, { names, partition }),
    );
    if (!this.#unsettled || this.#inHand) return;
    this.#lastDelivery = floor.consumer_seq;
    this.#unsettled = out > 0;
  }

  /** What is asked over a line that is down only waits for its deadline. */
  async #lineUp(): Promise<void> {
    const { link } = this.#ground;
    const { signal } = this.#ending;
    while (!link.up && !signal.aborted && !link.closed.aborted) {
      await settledWithin(link.changed, { ms: PULL_MS, signal });
    }
  }

  async #open(): Promise<void> {
    const { link, manager, names } = this.#ground;
    const partition = this.#partition;
    if (this.#unsettled) await this.settle();
    // What is gone is made again, and what is there stays.
    else await link.whileUp(ensureConsumer(manager, { names, partition }));
    this.#line ??= new PullLine(link, {
      stream: names.streamOf(partition),
      consumer: names.consumerOf(partition),
    });
    this.#waiting = undefined;
  }

  /** Asks until the server falls silent; answers whether anything came. */
  async #pull(): Promise<boolean> {
    let came = false;
    while (!this.#ending.signal.aborted) {
      const pulled = await this.#line!.next();
      if (pulled.is === "silent") return came;
      came = true;
      this.#waiting = undefined;
      if (pulled.is === "none") continue;
      this.#inHand = true;
      this.#begun++;
      try {
        await this.#receive(pulled.delivery);
      } finally {
        this.#inHand = false;
      }
    }
    return came;
  }

  async #receive(delivery: Delivery): Promise<void> {
    const { message } = delivery;
    const working = setInterval(() => message.respond(WORKING), WORKING_MS);
    try {
      const outcomes = await this.#outcomes(delivery);
      this.#tell(delivery, outcomes);
      // A lost acknowledgement is no harm: the frame comes again, and who handles it stores nothing
      // twice. So no answer to it is waited for. It goes behind what was told, on the same line.
      message.respond(ACK);
      this.#lastDelivery = delivery.delivery;
      this.#unsettled = false;
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      message.respond(NAK);
    } finally {
      clearInterval(working);
    }
  }

  /** Undefined for a message that holds no frame. Whatever it answers is durable. */
  async #outcomes(
    { message, sequence }: Delivery,
  ): Promise<readonly SectionOutcome[] | undefined> {
    const { setAside } = this.#ground;
    const head = { partition: this.#partition, sequence, attempts: 1 };
    let frame: MailboxFrame;
    try {
      frame = { ...decodeFrame(message.data).frame, sequence };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      await this.#persist(() => setAside.message(message.data, { ...head, reason: error.message }));
      return undefined;
    }
    const handled = await this.#handled(frame);
    if (handled instanceof Error) {
      const reason = handled.message;
      await this.#persist(() =>
        setAside.message(message.data, { ...head, attempts: FRAME_ATTEMPTS_MAX, reason, frame })
      );
      const rejection = reject("unavailable", reason.slice(0, REASON_LENGTH_MAX));
      return frame.sections.map(() => ({ position: 0, rejection }));
    }
    // Their devices were acknowledged: what is refused now must not vanish.
    if (handled.some(({ rejection }) => rejection !== undefined)) {
      await this.#persist(() => setAside.rejected(frame, { ...head, outcomes: handled }));
    }
    return handled;
  }

  /** The outcomes, or what went wrong at the last attempt. */
  async #handled(frame: MailboxFrame): Promise<readonly SectionOutcome[] | Error> {
    for (let attempt = 1;;) {
      let failure: unknown;
      try {
        return await this.#persist(async () => withoutPassing(await this.#handler(frame)));
      } catch (error) {
        if (error instanceof Ended) throw error;
        failure = error;
      }
      const { logger } = this.#ground;
      const text = failure instanceof Error ? failure.message : String(failure);
      const where = { partition: this.#partition, sequence: frame.sequence, error: text };
      if (attempt++ >= FRAME_ATTEMPTS_MAX) {
        logger.error("frame given up", where);
        return failure instanceof Error ? failure : new TerminalError(text);
      }
      logger.warn("frame failed", where);
      await pause(backOffMs(0), this.#ending.signal);
      this.#checkEnding();
    }
  }

  /** Does what must be done before the next frame: an engine that is away is waited for, for ever. */
  async #persist<T>(action: () => Promise<T>): Promise<T> {
    for (let attempt = 0;; attempt++) {
      try {
        const result = await action();
        this.#waiting = undefined;
        return result;
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        this.#checkEnding();
        this.#wait(error.message, attempt + 1);
        await pause(backOffMs(attempt), this.#ending.signal);
        this.#checkEnding();
      }
    }
  }

  #checkEnding(): void {
    if (this.#ending.signal.aborted) throw new Ended("the consumer ends");
  }

  #wait(reason: string, attempts: number): void {
    const partition = this.#partition;
    this.#waiting = { partition, reason, attempts };
    if (attempts === 1) this.#ground.logger.warn("mailbox partition waits", { partition, reason });
  }

  #tell(
    { message, sequence, delivery }: Delivery,
    outcomes: readonly SectionOutcome[] | undefined,
  ) {
    const { link, names } = this.#ground;
    const place = { sequence, delivery, previous: this.#lastDelivery ?? -1 };
    const told = encodeTold(place, { frame: message.data, outcomes });
    // What is lost of it shows as a gap.
    if (!link.connection.isClosed()) {
      link.connection.publish(names.liveOf(this.#partition), told);
    }
  }
}

/** Nobody is there any more to be told that there is no room just now: such a refusal is waited out. */
function withoutPassing(outcomes: readonly SectionOutcome[]): readonly SectionOutcome[] {
  for (const { rejection } of outcomes) {
    if (rejection === undefined || !PASSING.has(rejection.code)) continue;
    throw new TransientError(rejection.message);
  }
  return outcomes;
}
