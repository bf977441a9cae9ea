import assert from "node:assert/strict";

const RUN = new URL("./run.ts", import.meta.url).pathname;

async function lastLine(source: string): Promise<{ line: string; code: number }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/case_test.ts`, source);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", RUN, `${folder}/case_test.ts`],
      stdout: "piped",
      stderr: "null",
    }).output();
    return { line: new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!, code };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("test task: ends with the counts, and succeeds when all tests pass", async () => {
  const source = `Deno.test("a", () => {}); Deno.test("b", () => {});`;
  assert.deepEqual(await lastLine(source), { line: "2 passed, 0 failed", code: 0 });
});

Deno.test("test task: counts failures, and fails", async () => {
  const source = `Deno.test("a", () => {}); Deno.test("b", () => { throw new RangeError("b"); });`;
  assert.deepEqual(await lastLine(source), { line: "1 passed, 1 failed", code: 1 });
});

Deno.test("test task: fails when a file does not load", async () => {
  assert.deepEqual(await lastLine(`import "./absent.ts";`), {
    line: "0 passed, 1 failed",
    code: 1,
  });
});
