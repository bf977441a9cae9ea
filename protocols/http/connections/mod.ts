/**
 * Which thing may publish to and subscribe to which channel, by HTTP.
 *
 * Main path: every form of the request becomes pairs; all things and channels are checked, then each
 * pair becomes a command to the thing's actor.
 *
 * A connection is the thing's: no command goes to the channel, which only must exist and be entitled.
 */
export { registerConnections } from "./routes.ts";
