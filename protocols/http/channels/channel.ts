import {
  type ChannelCommand,
  type ChannelEvent,
  channelKind,
  type ChannelState,
} from "../../../actors/mod.ts";
import { shown } from "../entities.ts";
import type { Managed } from "../managed.ts";

/** What the shared routes need to know of channels. */
export const managedChannel: Managed<ChannelCommand, ChannelEvent, ChannelState> = {
  noun: "channel",
  kind: channelKind,
  owned: (state) => state.status === "absent" || state.status === "removed" ? undefined : state,
  show: shown,
  commands: {
    update: (by, profile) => ({ type: "UpdateChannel", by, profile }),
    changeOwner: (by, ownerId) => ({ type: "ChangeChannelOwner", by, ownerId }),
    enable: (by) => ({ type: "EnableChannel", by }),
    disable: (by) => ({ type: "DisableChannel", by }),
    share: (by, share) => ({ type: "ShareChannel", by, ...share }),
    unshare: (by, userId) => ({ type: "UnshareChannel", by, userId }),
    remove: (by) => ({ type: "RemoveChannel", by }),
  },
};
