import assert from "node:assert/strict";
import { verifyFile } from "../../cli/verify.ts";
import { newId } from "../../actors/mod.ts";
import { ALL_ROUTES, type House, openHouse } from "../protocols/http/house.ts";

const house = await openHouse({ groups: ALL_ROUTES });
const text = await exportedThing(house);
await house.close();
const lines = text.trimEnd().split("\n");

/** A thing with a history of four events, renamed three times. */
async function exportedThing({ ask }: House): Promise<string> {
  const id = newId();
  await ask("POST", "/things", { body: { id, name: "first" } });
  let position = "";
  for (const name of ["second", "third", "fourth"]) {
    const { headers } = await ask("PUT", `/things/${id}`, { body: { name } });
    position = headers.get("millrace-position")!;
  }
  const { status, body } = await ask("GET", `/things/${id}/history/export`, {
    headers: { "millrace-wait-for": position },
  });
  assert.equal(status, 200);
  return String(body);
}

function checked(bundle: string, ...flags: string[]): { code: number; said: string } {
  const file = Deno.makeTempFileSync();
  Deno.writeTextFileSync(file, bundle);
  const said: string[] = [];
  const code = verifyFile([file, ...flags], (line) => said.push(line));
  Deno.removeSync(file);
  return { code, said: said.join("\n") };
}

function joined(changed: readonly (string | undefined)[]): string {
  return changed.filter((line) => line !== undefined).map((line) => `${line}\n`).join("");
}

/** The bundle with one of its lines changed. */
function changed(at: number, change: (value: Record<string, unknown>) => void): string {
  const value = JSON.parse(lines[at]!) as Record<string, unknown>;
  change(value);
  return joined(lines.with(at, JSON.stringify(value)));
}

const event = (at: number) => JSON.parse(lines[at]!) as { id: string; revision: number };

Deno.test("verify: finds an untouched export as it was written, and says who signed it", () => {
  const { code, said } = checked(text);
  assert.equal(code, 0, said);
  assert.match(said, / 4 events/);
  assert.match(said, /VERIFIED every event/);
  assert.match(said, /Signer {3}[0-9a-f]{64}/);
});

Deno.test("verify: names the event whose content was altered", () => {
  const { code, said } = checked(changed(2, (line) => line["data"] = { name: "forged" }));
  assert.equal(code, 1);
  assert.match(said, new RegExp(`event ${event(2).id} .* was altered`));
});

Deno.test("verify: names the event whose principal or time was altered", () => {
  const { code, said } = checked(
    changed(3, (line) => (line["metadata"] as Record<string, unknown>)["recordedAtMs"] = 1),
  );
  assert.equal(code, 1);
  assert.match(said, new RegExp(`event ${event(3).id} .* was altered`));
});

Deno.test("verify: names the event that was removed from the middle, the start or the end", () => {
  const removed = (at: number) => checked(joined(lines.filter((_, index) => index !== at)));
  assert.match(removed(2).said, /event 1 of thing-.* was removed, before event/);
  assert.match(removed(1).said, /event 0 of thing-.* was removed, before event/);
  assert.match(removed(lines.length - 2).said, /events 3 to 3 of thing-.* were removed/);
  assert.equal(removed(2).code, 1);
});

Deno.test("verify: names the event that was moved", () => {
  const { code, said } = checked(joined(lines.with(2, lines[3]!).with(3, lines[2]!)));
  assert.equal(code, 1);
  assert.match(said, new RegExp(`event ${event(3).id} .* was reordered`));
});

Deno.test("verify: names the event that was inserted, in the middle or at the end", () => {
  const forged = { ...event(2), id: newId() };
  const inMiddle = checked(joined(lines.toSpliced(3, 0, JSON.stringify(forged))));
  assert.match(inMiddle.said, new RegExp(`event ${forged.id} .* was inserted`));
  const last = { ...event(lines.length - 2), id: newId(), revision: 4 };
  const atEnd = checked(joined(lines.toSpliced(-1, 0, JSON.stringify(last))));
  assert.match(atEnd.said, new RegExp(`event ${last.id} `));
  assert.equal(atEnd.code, 1);
});

Deno.test("verify: sees an insertion whose followers were renumbered", () => {
  const forged = JSON.stringify({ ...event(2), id: newId() });
  const renumbered = lines.slice(2, -1).map((line) => {
    const value = JSON.parse(line) as { revision: number };
    return JSON.stringify({ ...value, revision: value.revision + 1 });
  });
  const { said } = checked(
    joined([lines[0], lines[1], forged, ...renumbered, lines.at(-1)]),
  );
  assert.match(said, new RegExp(`event ${(JSON.parse(forged) as { id: string }).id} .* inserted`));
});

Deno.test("verify: sees a closing line that was fitted to the forged events by its signature", () => {
  const { code, said } = checked(changed(lines.length - 1, (line) => line["count"] = 3));
  assert.equal(code, 1);
  assert.match(said, /the signature does not fit/);
});

Deno.test("verify: refuses a bundle of another signer than the one that was asked for", () => {
  const signer = /Signer {3}([0-9a-f]{64})/.exec(checked(text).said)![1]!;
  assert.equal(checked(text, "--signer", signer).code, 0);
  const other = checked(text, "--signer", "0".repeat(64));
  assert.equal(other.code, 1);
  assert.match(other.said, /not by 0{64}/);
});

Deno.test("verify: answers 64 and the line for what is no bundle", () => {
  const cases: readonly [string, RegExp][] = [
    ["", /no closing line/],
    ["{}\n{}\n", /line 1 .*'format'/],
    [`${lines[0]}\n`, /no closing line/],
    [joined([lines[0], "{broken", lines.at(-1)]), /line 2 .*not JSON/],
    [joined(lines.slice(0, -1)), /line 5 /],
  ];
  for (const [bundle, said] of cases) {
    const found = checked(bundle);
    assert.equal(found.code, 64);
    assert.match(found.said, said);
  }
  const said: string[] = [];
  assert.equal(verifyFile(["/no/such/file"], (line) => said.push(line)), 64);
  assert.match(said[0]!, /Cannot read '\/no\/such\/file'/);
  assert.equal(verifyFile([], (line) => said.push(line)), 64);
});
