import type { JsonObject } from "../event_store/mod.ts";

type Event<T extends string, D extends JsonObject> = { readonly type: T; readonly data: D };

/** Of the tenant; `DomainEvent` is the runtime's word for an event of any decider. */
export type TenantEvent =
  | Event<
    "DomainCreated",
    {
      /** The actor's own id: a domain's events belong to the domain itself. */
      readonly domainId: string;
      readonly name: string;
      readonly metadata: JsonObject;
      readonly tags: readonly string[];
      /** UUID of the user, or `system`. */
      readonly createdBy: string;
    }
  >
  /** Only the fields that were given. */
  | Event<
    "DomainUpdated",
    {
      readonly name?: string;
      readonly metadata?: JsonObject;
      readonly tags?: readonly string[];
    }
  >
  /** Null: the domain has no limit of its own any more. */
  | Event<"DomainSessionExpiryLimited", { readonly sessionExpirySecondsMax: number | null }>
  | Event<"DomainEnabled", Record<never, never>>
  | Event<"DomainDisabled", Record<never, never>>;
