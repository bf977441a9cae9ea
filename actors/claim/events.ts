import type { JsonObject } from "../event_store/mod.ts";

type Event<T extends string, D extends JsonObject> = { readonly type: T; readonly data: D };

export type ClaimEvent =
  /** `holderId` is the UUID of the actor that the claimed value belongs to. */
  | Event<"Claimed", { readonly domainId: string; readonly holderId: string }>
  | Event<"ClaimReleased", { readonly holderId: string }>;
