import fc from "fast-check";
import assert from "node:assert/strict";
import { subtopicOfLevels } from "../../../actors/mod.ts";
import { subtopicMatches } from "../../../projections/mod.ts";

Deno.test("subtopic filter: matches as MQTT 3.1.1 section 4.7 says, below the channel", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["#", ["", "/", "//", "a", "a/b", "a//b"], []],
    ["", [""], ["a", "/", "//"]],
    ["/", ["/"], ["", "//", "a", "/a", "a/"]],
    ["//", ["//"], ["", "/", "///", "a/b", "/a"]],
    ["a", ["a"], ["", "A", "a/", "/a", "a/b", "ab"]],
    ["+", ["a", "ü", "/"], ["", "a/b", "//"]],
    ["a/#", ["a", "a/b", "a/b/c", "a/", "a//"], ["", "/", "ab", "b/a"]],
    ["a/+", ["a/b", "a/"], ["a", "a/b/c", "a//", "b/a"]],
    ["+/b", ["a/b", "/b"], ["b", "a/b/c"]],
    ["+/+", ["a/b", "//", "a/", "/b"], ["a", "/", "a/b/c", "///"]],
    ["/+", ["/a", "//"], ["", "/", "a", "a/b"]],
    ["/#", ["/", "/a", "//", "/a/b"], ["", "a", "a/b"]],
    ["a/+/c", ["a/b/c", "a//c"], ["a/c", "a/b/d", "a/b/c/d"]],
    ["+/#", ["a", "a/b", "/", "//"], [""]],
    ["a/b/#", ["a/b", "a/b/c"], ["a", "a/c"]],
  ];
  for (const [filter, matching, others] of cases) {
    for (const subtopic of matching) {
      assert.ok(subtopicMatches(filter, subtopic), `'${filter}' must match '${subtopic}'`);
    }
    for (const subtopic of others) {
      assert.ok(!subtopicMatches(filter, subtopic), `'${filter}' must not match '${subtopic}'`);
    }
  }
});

const level = fc.constantFrom("", "a", "b", "sensor");
const topics = fc.array(level, { maxLength: 4 });

Deno.test("subtopic filter: a subtopic matches itself, and itself with any level as a plus", () => {
  fc.assert(fc.property(topics, fc.nat(3), (levels, place) => {
    const subtopic = subtopicOfLevels(levels);
    assert.ok(subtopicMatches(subtopic, subtopic));
    const plus = subtopicOfLevels(levels.map((each, i) => i === place ? "+" : each));
    assert.ok(subtopicMatches(plus, subtopic), plus);
  }));
});

Deno.test("subtopic filter: every beginning of a subtopic with a hash behind it matches", () => {
  fc.assert(fc.property(topics, fc.nat(4), (levels, length) => {
    const filter = subtopicOfLevels([...levels.slice(0, length), "#"]);
    assert.ok(subtopicMatches(filter, subtopicOfLevels(levels)), filter);
  }));
});

Deno.test("subtopic filter: without wildcards it matches its own levels and no others", () => {
  fc.assert(fc.property(topics, topics, (wanted, levels) => {
    const areSame = wanted.length === levels.length &&
      wanted.every((each, i) => each === levels[i]);
    assert.equal(subtopicMatches(subtopicOfLevels(wanted), subtopicOfLevels(levels)), areSame);
  }));
});
