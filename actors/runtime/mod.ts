/**
 * What runs the actors: from a command to events in the log and a state in memory.
 *
 * Main path: a decider holds the rules of one kind of actor; an `ActorKind` adds what must be known
 * of it to store and find its events.
 *
 * Nothing here may know a particular kind: deciders are passed in, so that the rules stay pure and
 * can be tested without a store.
 */
export type { ActorKind, Decider, DomainEvent } from "./decider.ts";
