import type { Policy } from "../entity/mod.ts";
import type { JsonObject } from "../event_store/mod.ts";

type Event<T extends string, D extends JsonObject> = { readonly type: T; readonly data: D };

export type ChannelEvent =
  | Event<
    "ChannelCreated",
    {
      readonly domainId: string;
      readonly ownerId: string;
      readonly name: string;
      readonly metadata: JsonObject;
      readonly tags: readonly string[];
      /** UUID of the channel that this one is shown under; it grants nothing. */
      readonly parentId?: string;
    }
  >
  /** Only the fields that were given. */
  | Event<
    "ChannelUpdated",
    {
      readonly name?: string;
      readonly metadata?: JsonObject;
      readonly tags?: readonly string[];
    }
  >
  | Event<"ChannelOwnerChanged", { readonly ownerId: string }>
  | Event<"ChannelEnabled", Record<never, never>>
  | Event<"ChannelDisabled", Record<never, never>>
  /** Also when the policies of an existing share change. */
  | Event<"ChannelShared", { readonly userId: string; readonly policies: readonly Policy[] }>
  | Event<"ChannelUnshared", { readonly userId: string }>
  | Event<"ChannelRemoved", Record<never, never>>;
