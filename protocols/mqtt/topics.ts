import { levelsOfSubtopic, subtopicOfLevels } from "../../actors/mod.ts";
import { malformed, notAllowed, type ProtocolVersion, textBytes } from "./codec/mod.ts";
import { TOPIC_BYTES_MAX, TOPIC_LEVELS_MAX } from "./limits.ts";

/**
 * The ways to write the topic of a message: `channels/<id>/messages[/sub]`, the same with the
 * leading slash that Mainflux took, and `m/<domain>/c/<id>[/sub]`.
 */
export type TopicForm = "channels" | "/channels" | "m";

/** In the order in which a filter that could mean several of them is understood. */
export const TOPIC_FORMS: readonly TopicForm[] = ["channels", "m", "/channels"];

const CHANNEL = Symbol("channel");
const DOMAIN = Symbol("domain");

type Level = string | typeof CHANNEL | typeof DOMAIN;

const PREFIXES: { readonly [form in TopicForm]: readonly Level[] } = {
  "channels": ["channels", CHANNEL, "messages"],
  "/channels": ["", "channels", CHANNEL, "messages"],
  "m": ["m", DOMAIN, "c", CHANNEL],
};

export interface MessageTopic {
  readonly form: TopicForm;
  readonly channelId: string;
  /** Only in the form `m`. */
  readonly domainId?: string;
  /** The levels after the prefix as `subtopicOfLevels` writes them. [MQTT-4.7.3-4] [MQTT5-4.7.3-4] */
  readonly subtopic: string;
}

/** What a topic filter means here; an absent id is a wildcard. */
export interface MessageFilter {
  readonly form: TopicForm;
  readonly channelId?: string;
  readonly domainId?: string;
  /** Relative to the prefix. */
  readonly subtopicFilter: string;
  /** What the platform itself says to the session is meant. */
  readonly isNotice?: true;
}

/** What a topic name of the protocol means here, or undefined if it means nothing. */
export function messageTopicOf(topic: string): MessageTopic | undefined {
  const levels = topic.split("/");
  for (const form of TOPIC_FORMS) {
    const found = matchPrefix(levels, form);
    // Names hold no wildcards, so a name that is shorter than the prefix leaves nothing to match.
    if (found?.channelId === undefined || found.subtopicFilter === undefined) continue;
    const { channelId, domainId, subtopicFilter: subtopic } = found;
    return { form, channelId, subtopic, ...(domainId === undefined ? {} : { domainId }) };
  }
  return undefined;
}

const SHARE = "$share/";

/**
 * Takes a filter of a shared subscription apart [MQTT5-4.8.2-1] [MQTT5-4.8.2-2]; undefined if it is
 * an ordinary one. Throws MqttError if it is neither; MQTT 3.1.1 knows of no such form, so there it
 * is an ordinary one.
 */
export function sharedFilterOf(
  filter: string,
  version: ProtocolVersion,
): { readonly name: string; readonly filter: string } | undefined {
  if (!filter.startsWith(SHARE)) return undefined;
  const slash = filter.indexOf("/", SHARE.length);
  const name = slash < 0 ? "" : filter.slice(SHARE.length, slash);
  const rest = filter.slice(slash + 1);
  if (name === "" || rest === "" || /[+#]/.test(name)) {
    if (version === 4) return undefined;
    throw notAllowed(`Cannot share '${filter}': '$share/<name>/<filter>' is needed`);
  }
  return { name, filter: rest };
}

/** What a topic filter means here, or undefined if no message could ever match it. */
export function messageFilterOf(filter: string): MessageFilter | undefined {
  const levels = filter.split("/");
  for (const form of TOPIC_FORMS) {
    const found = matchPrefix(levels, form);
    if (found?.subtopicFilter === undefined) continue;
    const { channelId, domainId, subtopicFilter } = found;
    return {
      form,
      subtopicFilter,
      ...(channelId === undefined ? {} : { channelId }),
      ...(domainId === undefined ? {} : { domainId }),
    };
  }
  return undefined;
}

export function topicOf(topic: MessageTopic): string {
  const prefix = PREFIXES[topic.form].map((level) => {
    if (level === CHANNEL) return topic.channelId;
    return level === DOMAIN ? topic.domainId ?? "" : level as string;
  });
  return [...prefix, ...levelsOfSubtopic(topic.subtopic)].join("/");
}

/** Throws MqttError for a topic name that MQTT does not allow. */
export function checkTopicName(name: string): void {
  // [MQTT-3.3.2-2] [MQTT-4.7.1-1] [MQTT5-3.3.2-2] [MQTT5-4.7.0-1]
  if (name.includes("+") || name.includes("#")) {
    throw malformed(`Cannot use topic name '${name}': wildcards are for filters only`);
  }
  // [MQTT-4.7.3-1] [MQTT5-4.7.3-1]
  if (name === "") throw malformed("Cannot use a topic name: it is empty");
}

/** Throws MqttError for a topic filter that MQTT does not allow. */
export function checkTopicFilter(filter: string): void {
  // [MQTT-4.7.3-1]
  if (filter === "") throw malformed("Cannot use a topic filter: it is empty");
  const levels = filter.split("/");
  levels.forEach((level, index) => {
    // [MQTT-4.7.1-2] [MQTT5-4.7.1-1]
    if (level.includes("#") && (level !== "#" || index !== levels.length - 1)) {
      throw malformed(`Cannot use topic filter '${filter}': '#' must be its last level`);
    }
    // [MQTT-4.7.1-3] [MQTT5-4.7.1-2]
    if (level.includes("+") && level !== "+") {
      throw malformed(`Cannot use topic filter '${filter}': '+' must be a whole level`);
    }
  });
}

/** False for what MQTT allows [MQTT-4.7.3-3] [MQTT5-4.7.3-3] but nobody means. */
export function withinBounds(topic: string): boolean {
  return topic.split("/").length <= TOPIC_LEVELS_MAX && textBytes(topic).length <= TOPIC_BYTES_MAX;
}

interface PrefixMatch {
  channelId?: string;
  domainId?: string;
  subtopicFilter?: string;
}

// [MQTT-3.8.3-2] [MQTT-4.7.2-1] [MQTT5-4.7.2-1]: no form begins with `$`, so wildcards never reach
// such a topic.
function matchPrefix(levels: readonly string[], form: TopicForm): PrefixMatch | undefined {
  const found: PrefixMatch = {};
  const prefix = PREFIXES[form];
  for (const [index, wanted] of prefix.entries()) {
    const level = levels[index];
    if (level === undefined) return undefined;
    if (level === "#") return { ...found, subtopicFilter: "#" };
    if (level === "+") continue;
    if (wanted === CHANNEL && level !== "") found.channelId = level;
    else if (wanted === DOMAIN && level !== "") found.domainId = level;
    else if (level !== wanted) return undefined;
  }
  return { ...found, subtopicFilter: subtopicOfLevels(levels.slice(prefix.length)) };
}
