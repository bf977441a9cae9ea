import type { Authority, Profile } from "../entity/mod.ts";

export type DomainCommand =
  & { readonly by: Authority }
  & (
    | {
      readonly type: "CreateDomain";
      /** The id of the actor that the command is sent to. */
      readonly domainId: string;
      readonly profile: Profile;
    }
    | { readonly type: "UpdateDomain"; readonly profile: Profile }
    /** Bounds how long the sessions of the domain outlive their connections; without seconds no more. */
    | { readonly type: "LimitDomainSessionExpiry"; readonly seconds?: number }
    | { readonly type: "EnableDomain" }
    | { readonly type: "DisableDomain" }
  );
