import type { AccessIndex } from "../../projections/mod.ts";
import type { PublishRoute } from "../ingress/mod.ts";
import type { PublishHead } from "./codec/mod.ts";
import { ROUTES_MAX } from "./limits.ts";

interface KnownRoute {
  readonly topic: Uint8Array;
  readonly hash: number;
  readonly route: PublishRoute;
  /** Version of the access index under which the thing was seen to have the right. */
  accessVersion: number;
}

/** The topics that one connection publishes to, found by their bytes without making a string. */
export class Routes {
  readonly #thingId: string;
  readonly #access: AccessIndex;
  readonly #byHash = new Map<number, KnownRoute>();
  #last: KnownRoute | undefined;

  constructor(thingId: string, access: AccessIndex) {
    this.#thingId = thingId;
    this.#access = access;
  }

  /** The route of the topic, if it is known and the thing still has the right. */
  find(head: PublishHead): PublishRoute | undefined {
    let known = this.#last;
    if (known === undefined || !sameTopic(known.topic, head)) {
      known = this.#byHash.get(hashOf(head));
      if (known === undefined || !sameTopic(known.topic, head)) return undefined;
      this.#last = known;
    }
    const { version } = this.#access;
    if (known.accessVersion !== version) {
      if (!this.#access.mayPublish(this.#thingId, known.route.channelId)) {
        this.#forget(known);
        return undefined;
      }
      known.accessVersion = version;
    }
    return known.route;
  }

  remember(head: PublishHead, route: PublishRoute): void {
    if (this.#byHash.size >= ROUTES_MAX) this.#byHash.clear();
    const hash = hashOf(head);
    const topic = head.topicSource.slice(head.topicStart, head.topicEnd);
    const known = { topic, hash, route, accessVersion: this.#access.version };
    // Topics of the same hash take turns, which costs time and nothing else.
    this.#byHash.set(hash, known);
    this.#last = known;
  }

  #forget(known: KnownRoute): void {
    this.#byHash.delete(known.hash);
    this.#last = undefined;
  }
}

function sameTopic(topic: Uint8Array, head: PublishHead): boolean {
  const { topicSource: bytes, topicStart, topicEnd } = head;
  if (topic.length !== topicEnd - topicStart) return false;
  // From the end: the topics of one device begin alike.
  for (let i = topic.length - 1, at = topicEnd - 1; i >= 0; i--, at--) {
    if (topic[i] !== bytes[at]) return false;
  }
  return true;
}

/** FNV-1a, 32 bits. */
function hashOf({ topicSource: bytes, topicStart, topicEnd }: PublishHead): number {
  let hash = 0x811c9dc5;
  for (let at = topicStart; at < topicEnd; at++) {
    hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  }
  return hash;
}
