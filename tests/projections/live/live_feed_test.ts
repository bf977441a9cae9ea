import assert from "node:assert/strict";
import {
  LiveFeed,
  type LiveMatch,
  type LiveMessage,
  type LiveSubscriber,
  RenderedFrames,
} from "../../../projections/mod.ts";
import { CHANNEL, THING } from "../log.ts";

const OTHER_CHANNEL = "c0000000-0000-4000-8000-000000000002";

function message(subtopic: string, more: Partial<LiveMessage> = {}): LiveMessage {
  return {
    channelId: CHANNEL,
    subtopic,
    origin: {
      publisher: THING,
      protocol: "mqtt",
      remoteAddress: "local",
      correlationId: THING,
    },
    receivedUs: 0,
    qos: 1,
    retain: false,
    contentKind: "unspecified",
    contentType: "",
    payload: new Uint8Array(),
    rendered: new RenderedFrames(),
    ...more,
  };
}

/** Notes subtopic and QoS of what it gets. */
class Listener implements LiveSubscriber {
  readonly heard: string[] = [];
  onDeliver: (message: LiveMessage) => void = () => {};

  deliver(message: LiveMessage, { maximumQos }: LiveMatch): void {
    this.heard.push(`${message.subtopic} ${maximumQos}`);
    this.onDeliver(message);
  }
}

function listen(
  feed: LiveFeed,
  filter: string,
  options: {
    readonly subscriber?: Listener;
    readonly maximumQos?: 0 | 1 | 2;
    readonly channelId?: string;
  } = {},
): { readonly listener: Listener; readonly stop: () => void } {
  const { subscriber = new Listener(), maximumQos = 1, channelId = CHANNEL } = options;
  return {
    listener: subscriber,
    stop: feed.subscribe(channelId, { filter, terms: { maximumQos }, subscriber }),
  };
}

Deno.test("live feed: hands a message to those whose filter matches, on its channel", () => {
  const feed = new LiveFeed();
  const all = listen(feed, "#").listener;
  const one = listen(feed, "a/+").listener;
  const root = listen(feed, "").listener;
  const other = listen(feed, "#", { channelId: OTHER_CHANNEL }).listener;
  for (const subtopic of ["", "a", "a/b", "a/b/c"]) feed.publish(message(subtopic));
  feed.publish(message("x", { channelId: OTHER_CHANNEL }));
  assert.deepEqual(all.heard, [" 1", "a 1", "a/b 1", "a/b/c 1"]);
  assert.deepEqual(one.heard, ["a/b 1"]);
  assert.deepEqual(root.heard, [" 1"]);
  assert.deepEqual(other.heard, ["x 1"]);
});

Deno.test("live feed: a message that nobody listens to goes nowhere", () => {
  const feed = new LiveFeed();
  assert.equal(feed.hasSubscribers(CHANNEL), false);
  feed.publish(message("a"));
  const { listener, stop } = listen(feed, "#");
  assert.equal(feed.hasSubscribers(CHANNEL), true);
  assert.deepEqual(listener.heard, []);
  stop();
  assert.equal(feed.hasSubscribers(CHANNEL), false);
});

Deno.test("live feed: keeps the order of what was published, to every subscriber", () => {
  const feed = new LiveFeed();
  const listeners = ["#", "+", "#"].map((filter) => listen(feed, filter).listener);
  const subtopics = Array.from({ length: 50 }, (_, i) => `s${i % 7}`);
  for (const subtopic of subtopics) feed.publish(message(subtopic));
  for (const { heard } of listeners) {
    assert.deepEqual(heard, subtopics.map((subtopic) => `${subtopic} 1`));
  }
});

Deno.test("live feed: a subscriber whose filters overlap gets a message once, at the highest of their QoS", () => {
  const feed = new LiveFeed();
  const subscriber = new Listener();
  listen(feed, "#", { subscriber, maximumQos: 0 });
  const high = listen(feed, "a/#", { subscriber, maximumQos: 2 });
  listen(feed, "+", { subscriber, maximumQos: 1 });
  feed.publish(message("a"));
  feed.publish(message("b"));
  feed.publish(message("x/y"));
  high.stop();
  feed.publish(message("a"));
  assert.deepEqual(subscriber.heard, ["a 2", "b 1", "x/y 0", "a 1"]);
});

Deno.test("live feed: tells each subscriber the QoS of its own filter, whatever the message has", () => {
  const feed = new LiveFeed();
  const low = listen(feed, "#", { maximumQos: 0 }).listener;
  const high = listen(feed, "#", { maximumQos: 2 }).listener;
  for (const qos of [0, 1, 2] as const) feed.publish(message("a", { qos }));
  assert.deepEqual(low.heard, ["a 0", "a 0", "a 0"]);
  assert.deepEqual(high.heard, ["a 2", "a 2", "a 2"]);
});

Deno.test("live feed: a subscription that comes or goes counts from the next message on, also for a known subtopic", () => {
  const feed = new LiveFeed();
  const first = listen(feed, "#");
  feed.publish(message("a"));
  const second = listen(feed, "a");
  feed.publish(message("a"));
  first.stop();
  feed.publish(message("a"));
  second.stop();
  feed.publish(message("a"));
  assert.deepEqual(first.listener.heard, ["a 1", "a 1"]);
  assert.deepEqual(second.listener.heard, ["a 1", "a 1"]);
});

Deno.test("live feed: an end that is said twice ends nobody else", () => {
  const feed = new LiveFeed();
  const first = listen(feed, "#");
  first.stop();
  const second = listen(feed, "#");
  first.stop();
  feed.publish(message("a"));
  assert.equal(feed.hasSubscribers(CHANNEL), true);
  assert.deepEqual(second.listener.heard, ["a 1"]);
  assert.deepEqual(first.listener.heard, []);
});

Deno.test("live feed: a subscriber that ends itself or another while it is told leaves out nobody else", () => {
  const feed = new LiveFeed();
  const [first, second, third, fourth] = ["#", "#", "#", "#"].map((filter) => listen(feed, filter));
  first!.listener.onDeliver = () => {
    first!.stop();
    third!.stop();
  };
  feed.publish(message("a"));
  feed.publish(message("b"));
  assert.deepEqual(first!.listener.heard, ["a 1"]);
  assert.ok(!third!.listener.heard.includes("b 1"));
  for (const each of [second!, fourth!]) assert.deepEqual(each.listener.heard, ["a 1", "b 1"]);
});

Deno.test("live feed: a subscriber that comes while a message is told gets the next one", () => {
  const feed = new LiveFeed();
  const late = new Listener();
  const { listener } = listen(feed, "#");
  listener.onDeliver = () => {
    if (listener.heard.length === 1) listen(feed, "#", { subscriber: late });
  };
  feed.publish(message("a"));
  feed.publish(message("a"));
  assert.deepEqual(late.heard, ["a 1"]);
});

Deno.test("live feed: subscribers share what one of them rendered", () => {
  const feed = new LiveFeed();
  const rendered: number[] = [];
  const render = ({ rendered: shared }: LiveMessage) => {
    if (shared.get("frame") === undefined) {
      rendered.push(1);
      shared.set("frame", new Uint8Array([1]));
    }
  };
  for (let n = 0; n < 3; n++) listen(feed, "#").listener.onDeliver = render;
  feed.publish(message("a"));
  assert.equal(rendered.length, 1);
});

Deno.test("live feed: remembers no more subtopics than it has room for, and still matches them all", () => {
  const feed = new LiveFeed();
  const { listener } = listen(feed, "+/end");
  for (let n = 0; n < 10_000; n++) feed.publish(message(`${n % 5_000}/end`));
  assert.equal(listener.heard.length, 10_000);
});
