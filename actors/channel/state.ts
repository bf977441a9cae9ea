import type { Shares } from "../entity/mod.ts";

export interface LiveChannel {
  readonly status: "enabled" | "disabled";
  readonly domainId: string;
  readonly ownerId: string;
  readonly shares: Shares;
}

export type ChannelState =
  | { readonly status: "absent" }
  | LiveChannel
  /** For ever: the id is not given out again, because its messages stay. */
  | { readonly status: "removed"; readonly domainId: string };
