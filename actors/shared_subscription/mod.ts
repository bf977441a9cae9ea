/**
 * Shared subscriptions that wait for their members: how far each of them is in the log of a channel.
 *
 * Main path: an edge loads what is kept of a subscription when its first member comes
 * (`loadSharedSubscription`), and writes to `shared-<id>` how far it is, which messages are owed to
 * another member, and which sessions share it, by a `StateWriter`.
 *
 * No message is copied here: it lies in the stream of its channel.
 */
export type * from "./events.ts";
export {
  type LoadedSharedSubscription,
  loadSharedStream,
  loadSharedSubscription,
  SHARED_PREFIX,
  type SharedKey,
  sharedSubscriptionStream,
} from "./load.ts";
export { movedSubscription } from "./moved.ts";
