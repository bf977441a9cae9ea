import { isRejection, type Rejection, TransientError } from "../errors.ts";
import { partitionOf } from "../partitions.ts";
import type { Clock, Logger } from "../platform/mod.ts";
import type { ActorKind, ActorRuntime, Delivery, DomainEvent, Executed } from "../runtime/mod.ts";
import {
  type CommandAnswer,
  type CommandQuestion,
  decodeQuestion,
  encodeAnswer,
  failed,
} from "./command_wire.ts";
import { ANSWER_AGAIN_MS, COMMANDS_IN_HAND_MAX } from "./limits.ts";
import type { PartitionWork } from "./partition_owner.ts";
import type { Requests } from "./requests.ts";

export interface CommandDeskGround {
  readonly requests: Requests;
  readonly runtime: ActorRuntime;
  // deno-lint-ignore no-explicit-any -- kinds of every command, event and state; a name picks one
  readonly kinds: readonly ActorKind<any, any, any>[];
  /** Whether this node has the partition at this very moment. */
  readonly owns: (partition: number) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One partition while this node has it. */
interface Desk {
  readonly inHand: Set<Promise<unknown>>;
  open: boolean;
  /** Undefined until others' questions reach it. */
  end: (() => void) | undefined;
}

/** The name under which the node that has a partition is asked. */
export function questionName(partition: number): string {
  return `actors.${partition}`;
}

/**
 * Carries out the commands for the actors of the partitions that this node has, those of other nodes
 * and its own, and finishes them before a partition goes to another one.
 */
export class CommandDesk implements PartitionWork {
  readonly #ground: CommandDeskGround;
  readonly #desks = new Map<number, Desk>();

  constructor(ground: CommandDeskGround) {
    this.#ground = ground;
  }

  acquired(partition: number): void {
    this.#ground.runtime.forget((id) => partitionOf(id) === partition);
    const desk: Desk = { inHand: new Set(), open: true, end: undefined };
    this.#desks.set(partition, desk);
    void this.#answer(partition, desk);
  }

  async released(partition: number): Promise<void> {
    const desk = this.#desks.get(partition);
    if (desk === undefined) return;
    desk.open = false;
    this.#desks.delete(partition);
    desk.end?.();
    await Promise.allSettled(desk.inHand);
  }

  /** Whether commands for its actors can be carried out here. */
  has(partition: number): boolean {
    return this.#desks.has(partition) && this.#ground.owns(partition);
  }

  get runtime(): ActorRuntime {
    return this.#ground.runtime;
  }

  /** Throws TransientError if too many are in hand. Only while this node has the partition. */
  async execute<C, E extends DomainEvent, S>(
    kind: ActorKind<C, E, S>,
    delivery: Delivery<C> & { readonly id: string },
  ): Promise<Executed | Rejection> {
    const partition = partitionOf(delivery.id);
    const inHand = this.#desks.get(partition)?.inHand;
    if (inHand === undefined || inHand.size >= COMMANDS_IN_HAND_MAX) {
      throw new TransientError(
        `Cannot take a command for ${kind.category} '${delivery.id}': ${
          inHand?.size ?? "no"
        } commands are in hand in partition ${partition}, try again`,
      );
    }
    const work = this.#ground.runtime.execute(kind, delivery);
    inHand.add(work);
    try {
      return await work;
    } finally {
      inHand.delete(work);
    }
  }

  /** Tries until others can ask: meanwhile they are told that nobody answers, and ask again. */
  async #answer(partition: number, desk: Desk): Promise<void> {
    const { requests, clock, logger } = this.#ground;
    try {
      const end = await requests.answer(
        questionName(partition),
        async (bytes) => encodeAnswer(await this.#answered(bytes)),
      );
      if (desk.open) desk.end = end;
      else end();
    } catch (error) {
      logger.warn("questions of other nodes not taken", { partition, error: String(error) });
      if (!desk.open) return;
      clock.schedule(ANSWER_AGAIN_MS, () => {
        if (desk.open) void this.#answer(partition, desk);
      });
    }
  }

  async #answered(bytes: Uint8Array): Promise<CommandAnswer> {
    try {
      const question = decodeQuestion(bytes);
      if (!this.has(partitionOf(question.id))) return { is: "elsewhere" };
      const outcome = await this.execute(this.#kindOf(question), {
        id: question.id,
        command: question.command,
        context: question.context,
      });
      return isRejection(outcome)
        ? { is: "rejected", rejection: outcome }
        : { is: "executed", executed: outcome };
    } catch (error) {
      return failed(error);
    }
  }

  #kindOf({ kind, id }: CommandQuestion): CommandDeskGround["kinds"][number] {
    const known = this.#ground.kinds.find(({ category }) => category === kind);
    if (known !== undefined) return known;
    // A newer node may send what this one learns by its upgrade.
    throw new TransientError(
      `Cannot take a command for ${kind} '${id}': this node knows no such actors`,
    );
  }
}
