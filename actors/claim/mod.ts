/**
 * A claim: makes a value unique across actors, such as an e-mail address or a thing's key.
 *
 * Main path: the caller claims the value for the actor that is to hold it, then sends that actor its
 * command, and releases the claim if the command was refused. The events are those of the stream
 * `claim-<kind>-<hash>`.
 *
 * Pure: no clock, no chance, no I/O. The value never comes here in clear, only as a keyed hash.
 * A caller that stops half-way leaves an orphan; it is taken over by name (`orphanOf`), never by age.
 */
export type { ClaimCommand } from "./commands.ts";
export type { ClaimEvent } from "./events.ts";
export type { ClaimState } from "./state.ts";
export { type ClaimedKind, claimId, claimKind } from "./kind.ts";
