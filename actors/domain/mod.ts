/**
 * A domain: the tenant that things, channels and users belong to.
 *
 * Main path: a command reaches `domainDecider`, which answers events of the stream `domain-<id>`;
 * `evolveDomain` folds them into the state that the next decision reads.
 *
 * Pure: no clock, no chance, no I/O. A domain does not know what belongs to it: a list of its
 * things is a projection, and that a disabled domain lets nobody in is the access projection's rule.
 */
export type { DomainCommand } from "./commands.ts";
export type { TenantEvent } from "./events.ts";
export type { DomainState } from "./state.ts";
export { domainKind } from "./kind.ts";
