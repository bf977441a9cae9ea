import { SUBTOPIC_LENGTH_MAX, SUBTOPIC_LEVELS_MAX } from "../limits.ts";
import { HttpProblem } from "../problem.ts";

const MESSAGES = "/messages";

/**
 * The levels behind `/messages/` of a request's address, decoded. Empty levels are dropped, as
 * Mainflux does; wildcards stand for what a subscriber wants, so nobody can publish to one.
 */
export function subtopicOf(url: string): string {
  const queryAt = url.indexOf("?");
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  // The name of the host comes first, and may hold anything.
  const at = path.indexOf(MESSAGES, path.indexOf("/", path.indexOf("://") + 3));
  const encoded = path.slice(at + MESSAGES.length + 1);
  if (encoded === "") return "";
  let text: string;
  try {
    text = decodeURIComponent(encoded).split("/").filter((level) => level !== "").join("/");
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused(encoded, "its percent-encoding is broken");
  }
  return checkedSubtopic(text);
}

export function checkedSubtopic(text: string): string {
  if (text.length > SUBTOPIC_LENGTH_MAX) {
    throw refused(
      text,
      `it has ${text.length} characters, at most ${SUBTOPIC_LENGTH_MAX} are allowed`,
    );
  }
  if (/[#+*>]/.test(text)) throw refused(text, "it holds a wildcard ('#', '+', '*' or '>')");
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refused(text, "it holds a control character");
  if (text.split("/").length > SUBTOPIC_LEVELS_MAX) {
    throw refused(text, `it has more than ${SUBTOPIC_LEVELS_MAX} levels`);
  }
  return text;
}

function refused(text: string, what: string): HttpProblem {
  return new HttpProblem(
    400,
    `Cannot publish to subtopic '${text.slice(0, 64)}': ${what}`,
    "subtopic",
  );
}
