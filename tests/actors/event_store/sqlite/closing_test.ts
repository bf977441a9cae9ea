import assert from "node:assert/strict";
import {
  type EventStore,
  openInlineEventStore,
  openSqliteEventStore,
  TransientError,
  verifyStream,
} from "../../../../actors/mod.ts";
import { all, numbers } from "../contract/checking.ts";
import { numbered } from "../events.ts";
import { withPath } from "./with_path.ts";

const any = { expectedRevision: "any" } as const;

/** Appends for ever, from 8 writers, and prints each number once it is acknowledged. */
const WRITER_PROGRAM = `
  import { openSqliteEventStore } from "${new URL("../../../../actors/mod.ts", import.meta.url)}";
  import { numbered } from "${new URL("../events.ts", import.meta.url)}";
  const store = await openSqliteEventStore({ path: Deno.args[0] });
  await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0;; n++) {
      await store.append("thing-" + writer, numbered(1, n), { expectedRevision: "any" });
      Deno.stdout.writeSync(new TextEncoder().encode(writer + " " + n + "\\n"));
    }
  }));
`;

Deno.test("sqlite event store: a close stores all appends made before it, and refuses those after", async () => {
  await withPath(async (path) => {
    const store = await openSqliteEventStore({ path });
    const before = Array.from(
      { length: 50 },
      (_, n) => store.append("thing-a", numbered(1, n), any),
    );
    const closed = store.close();
    const after = Array.from({ length: 5 }, () => store.append("thing-a", numbered(1), any));
    await closed;
    assert.deepEqual(
      (await Promise.all(before)).map(({ revision }) => revision),
      Array.from({ length: 50 }, (_, n) => n),
    );
    for (const outcome of await Promise.allSettled(after)) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof TransientError);
    }
    await assert.rejects(Deno.stat(`${path}-wal`), Deno.errors.NotFound);
    const again = await openSqliteEventStore({ path });
    assert.equal((await again.readStream("thing-a", all)).length, 50);
    await again.close();
  });
});

Deno.test("sqlite event store: a close wakes those that wait for the log to grow", async () => {
  await withPath(async (path) => {
    const opened: readonly EventStore[] = [
      await openSqliteEventStore({ path }),
      openInlineEventStore({ path: ":memory:" }),
    ];
    for (const store of opened) {
      const waiting = store.grownBeyond(0, AbortSignal.timeout(10_000));
      const followed = (async () => {
        const signal = AbortSignal.timeout(10_000);
        for await (const _ of store.subscribeToAll({ after: 0, signal }));
      })();
      const told = Promise.all([
        assert.rejects(waiting, TransientError),
        assert.rejects(followed, TransientError),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await store.close();
      await told;
    }
  });
});

Deno.test("sqlite event store: holds all that was acknowledged, once, after its process was killed", async () => {
  await withPath(async (path) => {
    const program = `${path}.writer.ts`;
    await Deno.writeTextFile(program, WRITER_PROGRAM);
    const config = new URL("../../../../deno.json", import.meta.url).pathname;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, program, path],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const acknowledged = new Array<number>(8).fill(-1);
    let said = "";
    let killed = false;
    for await (const bytes of process.stdout) {
      said += new TextDecoder().decode(bytes);
      if (killed || said.length < 4_000) continue;
      process.kill("SIGKILL");
      killed = true;
    }
    await process.status;
    for (const line of said.split("\n").slice(0, -1)) {
      const [writer, n] = line.split(" ").map(Number);
      acknowledged[writer!] = n!;
    }
    const store = await openSqliteEventStore({ path });
    for (const [writer, last] of acknowledged.entries()) {
      const events = await store.readStream(`thing-${writer}`, { ...all, stored: true });
      // One more of each writer may have been stored when its acknowledgement was lost.
      assert.ok(
        events.length === last + 1 || events.length === last + 2,
        `${events.length} ${last}`,
      );
      assert.deepEqual(numbers(events), events.map((_, n) => n));
      assert.equal("what" in verifyStream(events), false);
    }
    await store.append("thing-0", numbered(1), any);
    await store.close();
  });
});
