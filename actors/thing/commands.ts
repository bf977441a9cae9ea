import type { Authority, Policy, Profile } from "../entity/mod.ts";
import type { ConnectionType, SealedKey } from "./events.ts";

export type ThingCommand =
  & { readonly by: Authority }
  & (
    | {
      readonly type: "CreateThing";
      readonly domainId: string;
      readonly profile: Profile;
      readonly key: SealedKey;
    }
    | { readonly type: "UpdateThing"; readonly profile: Profile }
    | { readonly type: "ChangeThingKey"; readonly key: SealedKey }
    | { readonly type: "ChangeThingOwner"; readonly ownerId: string }
    | { readonly type: "EnableThing" }
    | { readonly type: "DisableThing" }
    /** The channel was found, entitled and in the same domain. */
    | {
      readonly type: "ConnectThing";
      readonly channelId: string;
      readonly types: readonly ConnectionType[];
    }
    | { readonly type: "DisconnectThing"; readonly channelId: string }
    | {
      readonly type: "ShareThing";
      readonly userId: string;
      readonly policies: readonly Policy[];
    }
    | { readonly type: "UnshareThing"; readonly userId: string }
    /** 64 hexadecimal digits in lower case, which no other thing holds. */
    | { readonly type: "BindCertificate"; readonly fingerprint: string }
    | { readonly type: "UnbindCertificate"; readonly fingerprint: string }
    | {
      readonly type: "StartThingRecorder";
      readonly minutes: number;
      readonly payloads: boolean;
    }
    | { readonly type: "RemoveThing" }
  );
