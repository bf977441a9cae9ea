/**
 * Messages to those who listen now: the shortest way from a publisher to subscribers.
 *
 * Main path: ingress publishes each message once it is durable (QoS 0 at once); the feed finds the
 * subscribers of its channel whose filter matches; each renders it for its protocol and queues it.
 *
 * No queue lives here: a subscriber that cannot keep up must bound and count on its own.
 */
export { subtopicMatches } from "./filter.ts";
export {
  LiveFeed,
  type LiveMatch,
  type LiveMessage,
  type LiveSubscriber,
  type SubscriptionTerms,
} from "./live_feed.ts";
export { RenderedFrames } from "./rendered_frames.ts";
