import type { ActorKind } from "../runtime/mod.ts";
import type { ChannelCommand } from "./commands.ts";
import { channelDecider } from "./decider.ts";
import type { ChannelEvent } from "./events.ts";
import type { ChannelState } from "./state.ts";

export const channelKind: ActorKind<ChannelCommand, ChannelEvent, ChannelState> = {
  category: "channel",
  decider: channelDecider,
  schemaVersions: {},
  snapshotVersion: 1,
  domainOf: (state) => state.status === "absent" ? "" : state.domainId,
};
