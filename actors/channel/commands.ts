import type { Authority, Policy, Profile } from "../entity/mod.ts";

export type ChannelCommand =
  & { readonly by: Authority }
  & (
    | {
      readonly type: "CreateChannel";
      readonly domainId: string;
      readonly profile: Profile;
      /** The channel was found, entitled and in the same domain. */
      readonly parentId?: string;
    }
    | { readonly type: "UpdateChannel"; readonly profile: Profile }
    | { readonly type: "ChangeChannelOwner"; readonly ownerId: string }
    | { readonly type: "EnableChannel" }
    | { readonly type: "DisableChannel" }
    | {
      readonly type: "ShareChannel";
      readonly userId: string;
      readonly policies: readonly Policy[];
    }
    | { readonly type: "UnshareChannel"; readonly userId: string }
    | { readonly type: "RemoveChannel" }
  );
