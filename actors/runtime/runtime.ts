import { isRejection, type Rejection, TransientError } from "../errors.ts";
import {
  Actor,
  type ActorGround,
  type CountingGround,
  type Delivery,
  type Executed,
} from "./actor.ts";
import { type ActorCounters, newActorCounters } from "./counters.ts";
import type { ActorKind, DomainEvent } from "./decider.ts";
import type { CommandGateway } from "./gateway.ts";
import {
  ACTIVE_ACTORS_MAX,
  BACK_OFF_FIRST_MS,
  BACK_OFF_MS_MAX,
  IDLE_MS_MAX,
  IDLE_SWEEP_MS,
} from "./limits.ts";
import { streamOf } from "./memory.ts";

interface Active {
  readonly id: string;
  // deno-lint-ignore no-explicit-any -- the map holds actors of every kind; `kind` picks the type
  readonly actor: Actor<any, any, any>;
  usedAtMs: number;
}

interface Crashes {
  count: number;
  notBeforeMs: number;
}

export interface RuntimeOptions extends ActorGround {
  readonly activeActorsMax?: number;
}

/**
 * All actors of this process: activates them when they are spoken to, passivates them when idle or
 * too many, and keeps one that crashed away for a while that doubles with each crash.
 */
export class ActorRuntime implements CommandGateway {
  readonly #ground: CountingGround;
  readonly #activeMax: number;
  /** In order of last use: the first is the longest idle. */
  readonly #active = new Map<string, Active>();
  readonly #crashes = new Map<string, Crashes>();
  #cancelSweep: () => void = () => {};

  constructor(options: RuntimeOptions) {
    this.#ground = { ...options, counters: newActorCounters() };
    this.#activeMax = options.activeActorsMax ?? ACTIVE_ACTORS_MAX;
    this.#sweepLater();
  }

  get counters(): Readonly<ActorCounters> {
    return this.#ground.counters;
  }

  get activeCount(): number {
    return this.#active.size;
  }

  /** Throws TransientError while the actor is kept away after a crash, or when too many wait. */
  async execute<C, E extends DomainEvent, S>(
    kind: ActorKind<C, E, S>,
    delivery: Delivery<C> & { readonly id: string },
  ): Promise<Executed | Rejection> {
    const stream = streamOf(kind, delivery.id);
    const actor = this.#activated(kind, delivery.id);
    const result = await this.#supervised({ stream, actor }, () => actor.deliver(delivery));
    if (isRejection(result)) this.#ground.counters.rejections++;
    else this.#ground.counters.commands++;
    return result;
  }

  /** The state as of now; activates the actor if need be. */
  async inspect<C, E extends DomainEvent, S>(kind: ActorKind<C, E, S>, id: string): Promise<S> {
    const stream = streamOf(kind, id);
    const actor = this.#activated(kind, id);
    return await this.#supervised({ stream, actor }, () => actor.state());
  }

  /** The state if it is in memory and nothing that may change it is under way. */
  peek<C, E extends DomainEvent, S>(kind: ActorKind<C, E, S>, id: string): S | undefined {
    const active = this.#active.get(streamOf(kind, id));
    if (active === undefined) return undefined;
    active.usedAtMs = this.#ground.clock.nowMs();
    return active.actor.settledState;
  }

  /**
   * Drops what is in memory of these actors, because another node may have written their streams. What
   * they have in hand ends as it would have: the revision that they expect keeps them from doing harm.
   */
  forget(ids: (id: string) => boolean): void {
    for (const [stream, { id }] of this.#active) {
      if (ids(id)) this.#active.delete(stream);
    }
  }

  close(): void {
    this.#cancelSweep();
    this.#active.clear();
  }

  async #supervised<T>(
    { stream, actor }: { readonly stream: string; readonly actor: { readonly idle: boolean } },
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      const result = await work();
      if (this.#crashes.size > 0 && !isRejection(result)) this.#crashes.delete(stream);
      return result;
    } catch (error) {
      // A full line is the caller's to retry; anything else may have left a torn state behind.
      if (actor.idle || !(error instanceof TransientError)) this.#crashed(stream, error);
      throw error;
    }
  }

  #activated<C, E extends DomainEvent, S>(
    kind: ActorKind<C, E, S>,
    id: string,
  ): Actor<C, E, S> {
    const stream = streamOf(kind, id);
    const nowMs = this.#ground.clock.nowMs();
    const known = this.#active.get(stream);
    if (known !== undefined) {
      this.#active.delete(stream);
      this.#active.set(stream, known);
      known.usedAtMs = nowMs;
      return known.actor;
    }
    const crashes = this.#crashes.get(stream);
    if (crashes !== undefined && crashes.notBeforeMs > nowMs) {
      throw new TransientError(
        `Cannot activate '${stream}': it failed ${crashes.count} times, try again in ${
          crashes.notBeforeMs - nowMs
        } ms`,
      );
    }
    const actor = new Actor<C, E, S>(this.#ground, { kind, stream });
    this.#active.set(stream, { id, actor, usedAtMs: nowMs });
    this.#ground.counters.activations++;
    if (this.#active.size > this.#activeMax) this.#passivateOldest();
    return actor;
  }

  #crashed(stream: string, error: unknown): void {
    this.#active.delete(stream);
    this.#ground.counters.crashes++;
    const count = (this.#crashes.get(stream)?.count ?? 0) + 1;
    const waitMs = Math.min(BACK_OFF_FIRST_MS * 2 ** (count - 1), BACK_OFF_MS_MAX);
    // Re-inserted so that the bound below forgets the oldest crash first.
    this.#crashes.delete(stream);
    this.#crashes.set(stream, { count, notBeforeMs: this.#ground.clock.nowMs() + waitMs });
    if (this.#crashes.size > this.#activeMax) {
      this.#crashes.delete(this.#crashes.keys().next().value!);
    }
    this.#ground.logger.error("actor dropped", { stream, count, error: String(error) });
  }

  /** Busy actors stay, even beyond the bound: what they were told must be answered. */
  #passivateOldest(): void {
    for (const [stream, { actor }] of this.#active) {
      if (this.#active.size <= this.#activeMax) return;
      if (actor.idle) this.#passivate(stream);
    }
  }

  #passivate(stream: string): void {
    this.#active.delete(stream);
    this.#ground.counters.passivations++;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#ground.clock.schedule(IDLE_SWEEP_MS, () => {
      const beforeMs = this.#ground.clock.nowMs() - IDLE_MS_MAX;
      for (const [stream, { actor, usedAtMs }] of this.#active) {
        if (usedAtMs <= beforeMs && actor.idle) this.#passivate(stream);
      }
      this.#sweepLater();
    });
  }
}
