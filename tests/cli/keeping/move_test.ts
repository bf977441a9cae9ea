import assert from "node:assert/strict";
import { move } from "../../../cli/keeping/move.ts";
import { ran } from "../../../cli/keeping/program.ts";
import { withFolder } from "../../e2e/program.ts";

async function run(
  args: readonly string[],
  eventStore?: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const said: string[] = [];
  const code = await ran(move, {
    args,
    ground: {
      isTerminal: false,
      say: (text) => void said.push(text),
      env: (name) => name === "MILLRACE_EVENT_STORE" ? eventStore : undefined,
    },
  });
  return { code, said: said.join("\n") };
}

Deno.test("move: says how it is used, and what of the use was wrong", async () => {
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.said, /deno task move --from sqlite --to esdb/);
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /without --from/],
    [["--from", "sqlite"], /without --to/],
    [["--from", "sqlite", "--to", "sqlite"], /one of --from and --to must be 'sqlite'/],
    [["--from", "esdb://a:1", "--to", "esdb://b:1"], /one of --from and --to must be 'sqlite'/],
    [["--from", "sqlite", "--to", "nats://a:1"], /--to must be 'sqlite', esdb/],
    [["--from", "sqlite", "--to", "esdb"], /with MILLRACE_EVENT_STORE set/],
    [["--form", "sqlite"], /Cannot move the log: .*'--form'/],
  ];
  for (const [args, reason] of wrong) {
    const { code, said } = await run(args);
    assert.equal(code, 64, said);
    assert.match(said, reason);
  }
});

Deno.test("move: repeats no connection string, which may hold a password", async () => {
  const { code, said } = await run(["--from", "sqlite", "--to", "esbd://ada:hidden@node:2113"]);
  assert.equal(code, 64);
  assert.ok(!said.includes("hidden"), said);
});

Deno.test("move: takes the connection string from the environment, and ends with 75 where nobody answers", async () => {
  await withFolder(async (folder) => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr;
    listener.close();
    await Deno.writeTextFile(`${folder}/event-log-domain`, "d\n");
    const args = ["--from", "esdb", "--to", "sqlite", "--data", folder];
    const { code, said } = await run(args, `esdb://ada:hidden@127.0.0.1:${port}?tls=false`);
    assert.equal(code, 75, said);
    assert.match(said, new RegExp(`cannot be reached at '127\\.0\\.0\\.1:${port}'`));
    assert.ok(!said.includes("hidden"), said);
  });
});
