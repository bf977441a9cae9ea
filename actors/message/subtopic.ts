/**
 * A subtopic is the levels of a topic below its channel, as one text with '/' between them. Where all
 * of them are empty there would be nothing to tell one empty level from none, so then each level is a
 * slash of its own: '' is no level, '/' an empty one, '//' two, 'a/' is 'a' and an empty one.
 * [MQTT-4.7.3-4] [MQTT5-4.7.3-4]: so every topic name is written as it was read.
 */
export function subtopicOfLevels(levels: readonly string[]): string {
  return levels.every((level) => level === "") ? "/".repeat(levels.length) : levels.join("/");
}

export function levelsOfSubtopic(subtopic: string): readonly string[] {
  return ONLY_EMPTY.test(subtopic) ? [...subtopic].map(() => "") : subtopic.split("/");
}

/** True if all levels are empty, and there is one. */
export function hasOnlyEmptyLevels(subtopic: string): boolean {
  return subtopic !== "" && ONLY_EMPTY.test(subtopic);
}

const ONLY_EMPTY = /^\/*$/;
