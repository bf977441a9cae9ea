/**
 * Channels by HTTP.
 *
 * Main path: `registerChannels` adds the routes that things and channels share, and creation, one or
 * many; each write becomes a command to the channel's actor.
 *
 * Nothing is connected here: connections are the thing's, and their routes stand in connections/.
 */
export { managedChannel } from "./channel.ts";
export { registerChannels } from "./routes.ts";
