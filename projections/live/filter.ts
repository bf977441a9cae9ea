import { levelsOfSubtopic } from "../../actors/mod.ts";

/**
 * Matching of subtopics against MQTT filters, below the channel: `filter` and `subtopic` are the
 * levels after `messages/` as `subtopicOfLevels` writes them, empty if there are none.
 * [MQTT-4.7.1-2] [MQTT-4.7.1-3]: `#` matches the parent level and any number of levels below it;
 * `+` matches exactly one level, an empty one included.
 */
export function subtopicMatches(filter: string, subtopic: string): boolean {
  if (filter === "#" || filter === subtopic) return true;
  const wanted = levelsOfSubtopic(filter);
  const levels = levelsOfSubtopic(subtopic);
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length) return false;
    if (wanted[i] !== "+" && wanted[i] !== levels[i]) return false;
  }
  return wanted.length === levels.length;
}
