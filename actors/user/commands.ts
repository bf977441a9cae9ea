import type { Authority } from "../entity/mod.ts";
import type { UserRole } from "./events.ts";

/** Passwords arrive hashed and personal fields encrypted and checked: see events.ts. */
export type UserCommand =
  & { readonly by: Authority }
  & (
    /** The address was claimed for this user. */
    | {
      readonly type: "CreateUser";
      /** The id of the actor that the command is sent to. */
      readonly userId: string;
      readonly domainId: string;
      readonly role: UserRole;
      readonly emailHash: string;
      readonly passwordHash: string;
      readonly personal: string;
      readonly tags?: readonly string[];
    }
    | {
      readonly type: "UpdateUser";
      readonly personal?: string;
      readonly tags?: readonly string[];
    }
    /** The new address was claimed for this user; the old claim is released afterwards. */
    | { readonly type: "ChangeUserEmail"; readonly emailHash: string; readonly personal: string }
    /** The edge has checked the old password, or a reset token. */
    | { readonly type: "ChangeUserPassword"; readonly passwordHash: string }
    | { readonly type: "ChangeUserRole"; readonly role: UserRole }
    | { readonly type: "EnableUser" }
    | { readonly type: "DisableUser" }
    | {
      readonly type: "IssueApiKey";
      readonly keyId: string;
      readonly issuedAtMs: number;
      readonly expiresAtMs?: number;
      readonly label?: string;
    }
    | { readonly type: "RevokeApiKey"; readonly keyId: string }
  );
