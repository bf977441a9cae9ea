import type { Rejection } from "../errors.ts";
import type { Delivery, Executed } from "./actor.ts";
import type { ActorKind, DomainEvent } from "./decider.ts";

/** What commands are sent to, on whichever node their actors are. */
export interface CommandGateway {
  /**
   * Carries a command out once, however often it arrives. Throws TransientError when it cannot be had
   * for now, or nobody knows whether it was carried out: the same command may be sent again.
   */
  execute<C, E extends DomainEvent, S>(
    kind: ActorKind<C, E, S>,
    delivery: Delivery<C> & { readonly id: string },
  ): Promise<Executed | Rejection>;
  /** The state of an actor, with everything that was acknowledged before the call. */
  inspect<C, E extends DomainEvent, S>(kind: ActorKind<C, E, S>, id: string): Promise<S>;
}
