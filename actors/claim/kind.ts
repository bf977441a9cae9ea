import type { ActorKind } from "../runtime/mod.ts";
import type { ClaimCommand } from "./commands.ts";
import { claimDecider } from "./decider.ts";
import type { ClaimEvent } from "./events.ts";
import type { ClaimState } from "./state.ts";

export const claimKind: ActorKind<ClaimCommand, ClaimEvent, ClaimState> = {
  category: "claim",
  decider: claimDecider,
  schemaVersions: {},
  snapshotVersion: 1,
  domainOf: (state) => state.status === "absent" ? "" : state.domainId,
};

/** What must be unique across actors. Never rename: the words are part of stream names. */
export type ClaimedKind = "email" | "thing_key" | "certificate";

/**
 * The id of the claim's actor. `hash` stands for the value: a keyed hash where the value is secret or personal,
 * base64url without padding; of a certificate its fingerprint.
 */
export function claimId(kind: ClaimedKind, hash: string): string {
  return `${kind}-${hash}`;
}
