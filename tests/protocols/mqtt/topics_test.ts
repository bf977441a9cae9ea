import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError } from "../../../actors/mod.ts";
import {
  checkTopicFilter,
  checkTopicName,
  messageFilterOf,
  messageTopicOf,
  topicOf,
  withinBounds,
} from "../../../protocols/mqtt/topics.ts";

Deno.test("mqtt topics: name a channel and a subtopic in three forms", () => {
  const channels = { form: "channels", channelId: "c1" };
  assert.deepEqual(messageTopicOf("channels/c1/messages"), { ...channels, subtopic: "" });
  assert.deepEqual(messageTopicOf("channels/c1/messages/a/b"), { ...channels, subtopic: "a/b" });
  assert.deepEqual(messageTopicOf("channels/c1/messages//b/"), { ...channels, subtopic: "/b/" });
  assert.deepEqual(messageTopicOf("channels/c1/messages/"), { ...channels, subtopic: "/" });
  assert.deepEqual(messageTopicOf("channels/c1/messages//"), { ...channels, subtopic: "//" });
  assert.deepEqual(messageTopicOf("/channels/c1/messages/a"), {
    form: "/channels",
    channelId: "c1",
    subtopic: "a",
  });
  assert.deepEqual(messageTopicOf("m/d1/c/c1/a"), {
    form: "m",
    domainId: "d1",
    channelId: "c1",
    subtopic: "a",
  });
});

Deno.test("mqtt topics: mean nothing outside these forms", () => {
  for (
    const topic of [
      "channels",
      "channels/c1",
      "channels/c1/message",
      "channels//messages",
      "Channels/c1/messages",
      "m/d1/c",
      "m//c/c1",
      "m/d1/x/c1",
      "/m/d1/c/c1",
      "//channels/c1/messages",
      "$SYS/broker",
      "$share/g/channels/c1/messages",
    ]
  ) {
    assert.equal(messageTopicOf(topic), undefined, topic);
    assert.equal(messageFilterOf(topic), undefined, topic);
  }
});

Deno.test("mqtt topics: expand wildcards to channels and a filter below them", () => {
  const wanted: { readonly [filter: string]: unknown } = {
    "#": { form: "channels", subtopicFilter: "#" },
    "+/#": { form: "channels", subtopicFilter: "#" },
    "channels/#": { form: "channels", subtopicFilter: "#" },
    "channels/c1/#": { form: "channels", channelId: "c1", subtopicFilter: "#" },
    "channels/c1/messages/#": { form: "channels", channelId: "c1", subtopicFilter: "#" },
    "channels/c1/messages": { form: "channels", channelId: "c1", subtopicFilter: "" },
    "channels/c1/messages/": { form: "channels", channelId: "c1", subtopicFilter: "/" },
    "channels/c1/messages//+": { form: "channels", channelId: "c1", subtopicFilter: "/+" },
    "+/+/+/": { form: "channels", subtopicFilter: "/" },
    "channels/c1/+/a": { form: "channels", channelId: "c1", subtopicFilter: "a" },
    "channels/+/messages/+/b": { form: "channels", subtopicFilter: "+/b" },
    "+/+/messages/temp": { form: "channels", subtopicFilter: "temp" },
    "+/+/+": { form: "channels", subtopicFilter: "" },
    "/#": { form: "/channels", subtopicFilter: "#" },
    "/channels/+/messages": { form: "/channels", subtopicFilter: "" },
    "m/#": { form: "m", subtopicFilter: "#" },
    "m/d1/#": { form: "m", domainId: "d1", subtopicFilter: "#" },
    "m/+/c/c1/a/#": { form: "m", channelId: "c1", subtopicFilter: "a/#" },
    "+/+/c/+": { form: "m", subtopicFilter: "" },
  };
  for (const [filter, meaning] of Object.entries(wanted)) {
    assert.deepEqual(messageFilterOf(filter), meaning, filter);
  }
  for (const filter of ["channels/+", "+", "+/+", "+/+/temp", "$share/#", "$SYS/#"]) {
    assert.equal(messageFilterOf(filter), undefined, filter);
  }
});

Deno.test("mqtt topics: are written as they are read, to the character [MQTT-4.7.3-4] [MQTT5-4.7.3-4]", () => {
  const level = fc.oneof(
    fc.constant(""),
    fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !/[+#/\0]/.test(text)),
  );
  const prefix = fc.oneof(
    fc.uuid().map((id) => ["channels", id, "messages"]),
    fc.uuid().map((id) => ["", "channels", id, "messages"]),
    fc.tuple(fc.uuid(), fc.uuid()).map(([domain, id]) => ["m", domain, "c", id]),
  );
  const below = fc.array(level, { maxLength: 4 });
  fc.assert(fc.property(prefix, below, (prefix, below) => {
    const topic = [...prefix, ...below].join("/");
    const meaning = messageTopicOf(topic);
    assert.ok(meaning !== undefined);
    assert.equal(topicOf(meaning), topic);
    assert.equal(messageFilterOf(topic)?.subtopicFilter, meaning.subtopic);
  }));
});

Deno.test("mqtt topics: must keep the rules for wildcards and not be empty", () => {
  for (const name of ["", "a/+/b", "a/#", "a+b", "#"]) {
    assert.throws(() => checkTopicName(name), ProtocolError, name);
  }
  for (const filter of ["", "a/#/b", "a#", "#a", "a+/b", "+b", "##", "a/b/#/"]) {
    assert.throws(() => checkTopicFilter(filter), ProtocolError, filter);
  }
  for (const filter of ["#", "+", "+/+/#", "/", "a//b", "/+", "$x/#"]) checkTopicFilter(filter);
});

Deno.test("mqtt topics: have at most 64 levels and 1,024 bytes", () => {
  assert.equal(withinBounds("a/".repeat(63) + "a"), true);
  assert.equal(withinBounds("a/".repeat(64) + "a"), false);
  assert.equal(withinBounds("é".repeat(512)), true);
  assert.equal(withinBounds("é".repeat(512) + "a"), false);
});
