import { durableSessionStream, type KeptSession } from "../../actors/mod.ts";
import type { AccessIndex } from "../../projections/mod.ts";
import type { SharedSubscriptions } from "./outgoing/mod.ts";
import { messageFilterOf, sharedFilterOf } from "./topics.ts";
import { readableChannels } from "./translate.ts";

/**
 * Tells the groups that a session shared in that it is over, and that nothing waits for it; of `filter`
 * alone, or of all its filters.
 */
export function forgetShares(
  { domainId, thingId, clientId, subscriptions }: KeptSession,
  { access, shared, filter }: {
    readonly access: AccessIndex;
    readonly shared: SharedSubscriptions;
    readonly filter?: string;
  },
): void {
  const session = durableSessionStream({ thingId, clientId });
  for (const each of subscriptions) {
    if (filter !== undefined && each.filter !== filter) continue;
    const share = sharedFilterOf(each.filter, 4);
    const meaning = share && messageFilterOf(share.filter);
    if (share === undefined || meaning === undefined) continue;
    const { channelId, subtopicFilter } = meaning;
    const channels = channelId === undefined
      ? readableChannels(meaning, { thingId, access })
      : [channelId];
    for (const channelId of channels) {
      const key = { domainId, share: share.name, filter: share.filter, channelId };
      shared.forget(key, { session, subtopicFilter });
    }
  }
}
