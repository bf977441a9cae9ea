import assert from "node:assert/strict";
import { coverageOf } from "../../clauses/coverage.ts";
import { faultsOf } from "../../clauses/main.ts";
import { readReasons, readSpecifications } from "../../clauses/statements.ts";
import { BEGIN, END, sameTables, withTables } from "../../clauses/table.ts";

const ROOT = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
const PAGE = `# MQTT\n\n${BEGIN}\n\n${END}\n`;

const SPECIFICATIONS = [{
  name: "MQTT 5.0",
  statements: [
    { tag: "MQTT5-1.2.3-1", summary: "The first" },
    { tag: "MQTT5-1.2.3-2", summary: "The second" },
  ],
}];
const CODE = { path: "protocols/mqtt/a.ts", text: "// [MQTT5-1.2.3-1]\n\n// [MQTT5-1.2.3-2]\n" };
const TEST = { path: "tests/protocols/mqtt/a_test.ts", text: "// [MQTT5-1.2.3-1]\n" };
const REASON = { reason: "binds clients", statements: ["MQTT5-1.2.3-2"] };

Deno.test("clauses: every tag is a statement, every statement has its line and test or a reason, and docs/mqtt.md shows it", async () => {
  assert.deepEqual(await faultsOf(ROOT, { write: false }), []);
});

Deno.test("clauses: the statements are those of the specifications", async () => {
  const [five, four] = await readSpecifications(ROOT);
  assert.equal(five!.statements.length, 251);
  assert.equal(four!.statements.length, 141);
  assert.ok(five!.statements.every(({ tag }) => /^MQTT5-\d+\.\d+\.\d+-\d+$/.test(tag)));
  assert.ok(four!.statements.every(({ tag }) => /^MQTT-\d+\.\d+\.\d+-\d+$/.test(tag)));
  const reasoned = (await readReasons(ROOT)).flatMap(({ statements }) => statements);
  assert.equal(new Set(reasoned).size, reasoned.length, "a statement has two reasons");
});

Deno.test("clauses: a statement with a line and a test, and one with a reason, are no faults", () => {
  const { faults } = coverageOf([CODE, TEST], {
    specifications: SPECIFICATIONS,
    reasons: [REASON],
  });
  assert.deepEqual(faults, []);
});

Deno.test("clauses: a tag that names no statement is a fault, in code and in the data of tests", () => {
  const sources = [
    CODE,
    { ...TEST, text: `${TEST.text}[MQTT5-1.2.3-9] what | 00 | 81\n` },
    { path: "projections/b.ts", text: "\n// [MQTT-1.2.3-1]: of the other version\n" },
  ];
  const { faults } = coverageOf(sources, { specifications: SPECIFICATIONS, reasons: [REASON] });
  assert.deepEqual(faults, [
    "tests/protocols/mqtt/a_test.ts:2: [MQTT5-1.2.3-9] names no statement",
    "projections/b.ts:2: [MQTT-1.2.3-1] names no statement",
  ]);
});

Deno.test("clauses: a statement without test, without line, or without either is a fault", () => {
  const faultsWith = (...sources: (typeof CODE)[]) =>
    coverageOf(sources, { specifications: SPECIFICATIONS, reasons: [] }).faults;
  assert.deepEqual(faultsWith(CODE, TEST), [
    "[MQTT5-1.2.3-2] has neither test nor reason: The second",
  ]);
  assert.deepEqual(faultsWith(TEST), [
    "[MQTT5-1.2.3-1] has neither line nor reason: The first",
    "[MQTT5-1.2.3-2] has neither test nor reason: The second",
    "[MQTT5-1.2.3-2] has neither line nor reason: The second",
  ]);
});

Deno.test("clauses: a reason for what is no statement is a fault", () => {
  const reasons = [REASON, { reason: "out of scope", statements: ["MQTT5-9.9.9-9"] }];
  const { faults } = coverageOf([CODE, TEST], { specifications: SPECIFICATIONS, reasons });
  assert.deepEqual(faults, ["[MQTT5-9.9.9-9] has a reason and is no statement"]);
});

Deno.test("clauses: the tables name lines, tests and reasons, and leave the rest of the page alone", () => {
  const known = { specifications: SPECIFICATIONS, reasons: [REASON] };
  const page = withTables(PAGE, coverageOf([CODE, TEST], known));
  assert.match(page, /^# MQTT\n/);
  assert.match(
    page,
    /\| MQTT5-1\.2\.3-1 \| The first \| \[a\.ts:1\]\(\.\.\/protocols\/mqtt\/a\.ts#L1\)/,
  );
  assert.match(page, /\[a_test\.ts\]\(\.\.\/tests\/protocols\/mqtt\/a_test\.ts\) \|/);
  assert.match(page, /\| MQTT5-1\.2\.3-2 \| The second \| .* \| binds clients \|/);
  const moved = { ...CODE, text: `\n${CODE.text}` };
  assert.ok(sameTables(page, withTables(page, coverageOf([moved, TEST], known))));
  assert.ok(!sameTables(page, withTables(page, coverageOf([moved], known))));
  assert.throws(() => withTables("# MQTT\n", coverageOf([], known)), TypeError);
});
