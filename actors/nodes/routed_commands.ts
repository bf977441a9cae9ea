import { isRejection, type Rejection, TransientError } from "../errors.ts";
import { partitionOf } from "../partitions.ts";
import type { Clock } from "../platform/mod.ts";
import {
  type ActorKind,
  type ActorPast,
  type CommandGateway,
  type Delivery,
  type DomainEvent,
  type Executed,
  stateFromLog,
  streamOf,
} from "../runtime/mod.ts";
import { type CommandDesk, questionName } from "./command_desk.ts";
import { decodeAnswer, encodeQuestion, outcomeOf } from "./command_wire.ts";
import {
  COMMAND_AGAIN_FIRST_MS,
  COMMAND_AGAIN_MS_MAX,
  COMMAND_ANSWER_MS,
  COMMAND_MS_MAX,
  COMMANDS_WAITING_MAX,
} from "./limits.ts";
import type { Requests } from "./requests.ts";

export interface RoutedCommandsGround {
  readonly requests: Requests;
  /** The log itself: a state that is read from it is never behind what was acknowledged. */
  readonly past: ActorPast;
  /** Must never be set back. */
  readonly clock: Clock;
  /** Absent on a node that has no actors. */
  readonly desk?: CommandDesk;
}

/** Why there is no outcome yet. */
interface Undecided {
  readonly because: string;
}

/** Sends each command to the node that has its actor, and waits while that changes. */
export class RoutedCommands implements CommandGateway {
  readonly #ground: RoutedCommandsGround;
  #waiting = 0;

  constructor(ground: RoutedCommandsGround) {
    this.#ground = ground;
  }

  async execute<C, E extends DomainEvent, S>(
    kind: ActorKind<C, E, S>,
    delivery: Delivery<C> & { readonly id: string },
  ): Promise<Executed | Rejection> {
    const { desk } = this.#ground;
    const partition = partitionOf(delivery.id);
    if (desk?.has(partition) === true) return await desk.execute(kind, delivery);
    if (this.#waiting >= COMMANDS_WAITING_MAX) {
      throw new TransientError(
        `Cannot change '${
          streamOf(kind, delivery.id)
        }': ${this.#waiting} commands wait for other nodes already`,
      );
    }
    this.#waiting++;
    try {
      return await this.#elsewhere(kind, delivery);
    } finally {
      this.#waiting--;
    }
  }

  /** Asks until there is an outcome; the partition may come to this node meanwhile. */
  async #elsewhere<C, E extends DomainEvent, S>(
    kind: ActorKind<C, E, S>,
    delivery: Delivery<C> & { readonly id: string },
  ): Promise<Executed | Rejection> {
    const partition = partitionOf(delivery.id);
    const { desk, clock } = this.#ground;
    const untilMs = clock.nowMs() + COMMAND_MS_MAX;
    const question = encodeQuestion({ ...delivery, kind: kind.category });
    if (isRejection(question)) return question;
    let waitMs = COMMAND_AGAIN_FIRST_MS;
    for (;; waitMs = Math.min(waitMs * 2, COMMAND_AGAIN_MS_MAX)) {
      const timeoutMs = Math.min(COMMAND_ANSWER_MS, untilMs - clock.nowMs());
      const outcome = await this.#asked(partition, question, { timeoutMs });
      if (!("because" in outcome)) return outcome;
      if (clock.nowMs() + waitMs >= untilMs) {
        throw new TransientError(
          `Cannot change '${streamOf(kind, delivery.id)}': ${outcome.because}, try again`,
        );
      }
      await new Promise<void>((resolve) => clock.schedule(waitMs, resolve));
      if (desk?.has(partition) === true) return await desk.execute(kind, delivery);
    }
  }

  /**
   * Of an actor of another node it is read from the log: no state travels, and none is needed of a
   * node that may have just gone.
   */
  async inspect<C, E extends DomainEvent, S>(kind: ActorKind<C, E, S>, id: string): Promise<S> {
    const { desk, past } = this.#ground;
    if (desk?.has(partitionOf(id)) === true) return await desk.runtime.inspect(kind, id);
    return await stateFromLog(past, { kind, id });
  }

  async #asked(
    partition: number,
    question: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Executed | Rejection | Undecided> {
    const { requests } = this.#ground;
    const answer = await requests.ask(questionName(partition), question, options)
      .catch((error) => {
        // An actor knows a command again by its id, so it may be sent where nobody knows what became of it.
        if (error instanceof TransientError) return { because: error.message };
        throw error;
      });
    if (answer !== undefined && "because" in answer) return answer;
    const outcome = answer === undefined ? undefined : outcomeOf(decodeAnswer(answer));
    return outcome ?? { because: `no node has its partition ${partition} now` };
  }
}
