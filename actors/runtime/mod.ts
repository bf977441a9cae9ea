/**
 * What turns deciders into actors: one command at a time for each thing, channel, user and domain.
 *
 * Main path: `ActorRuntime.execute` activates the actor from snapshot and events, the actor decides,
 * appends with the revision it expects, evolves, and answers where its events stand in the log.
 *
 * Nothing here knows a particular aggregate. Rules belong into deciders, reads into projections.
 */
export { type ActorGround, type Delivery, type Executed } from "./actor.ts";
export type { ActorCounters } from "./counters.ts";
export type { ActorKind, Decider, DomainEvent } from "./decider.ts";
export type { CommandGateway } from "./gateway.ts";
export { type ActorPast, stateFromLog, streamOf } from "./memory.ts";
export { ActorRuntime, type RuntimeOptions } from "./runtime.ts";
