import assert from "node:assert/strict";
import {
  InvariantViolation,
  REQUEST_BYTES_MAX,
  type Requests,
  TransientError,
} from "../../../actors/mod.ts";

/* The port of questions between nodes in executable form, on two nodes of one installation. */

export interface RequestsOf {
  readonly nodes: readonly [Requests, Requests];
  close(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const soon = { timeoutMs: 5_000 };

export function requestsContract(name: string, open: () => Promise<RequestsOf>): void {
  const check = (says: string, run: (nodes: RequestsOf["nodes"]) => Promise<void>) =>
    Deno.test(`${name}: ${says}`, async () => {
      const { nodes, close } = await open();
      try {
        await run(nodes);
      } finally {
        await close();
      }
    });

  check(
    "asks whoever answers under a name, on another node and on its own",
    async ([one, other]) => {
      await other.answer("greet", (question) => Promise.resolve(bytes(`hello ${text(question)}`)));
      assert.equal(text(await one.ask("greet", bytes("one"), soon)), "hello one");
      assert.equal(text(await other.ask("greet", bytes("other"), soon)), "hello other");
    },
  );

  check(
    "says that nobody answers, before anybody does and after they ended",
    async ([one, other]) => {
      assert.equal(await one.ask("partition.3", bytes("?"), soon), undefined);
      const end = await other.answer("partition.3", (question) => Promise.resolve(question));
      assert.equal(text(await one.ask("partition.3", bytes("?"), soon)), "?");
      end();
      // The node that ended knows it at once, the others once the server heard of it.
      while (
        await one.ask("partition.3", bytes("?"), { timeoutMs: 200 }).catch(() => "") !== undefined
      );
      assert.equal(await other.ask("partition.3", bytes("?"), soon), undefined);
    },
  );

  check("asks one of several", async ([one, other]) => {
    let answered = 0;
    for (const node of [one, other]) {
      await node.answer("several", (question) => {
        answered++;
        return Promise.resolve(question);
      });
    }
    for (let n = 0; n < 20; n++) await one.ask("several", bytes("?"), soon);
    assert.equal(answered, 20);
  });

  check("lets a slow answer hold up no other", async ([one, other]) => {
    const release = Promise.withResolvers<void>();
    await other.answer("slow", async (question) => {
      if (text(question) === "slow") await release.promise;
      return question;
    });
    const slow = one.ask("slow", bytes("slow"), soon);
    assert.equal(text(await one.ask("slow", bytes("fast"), soon)), "fast");
    release.resolve();
    assert.equal(text(await slow), "slow");
  });

  check(
    "does not know the outcome at the deadline, nor of an answer that threw",
    async ([one, other]) => {
      await other.answer("never", () => new Promise(() => {}));
      await assert.rejects(one.ask("never", bytes("?"), { timeoutMs: 50 }), TransientError);
      await other.answer("bad", () => Promise.reject(new TransientError("Cannot")));
      await assert.rejects(one.ask("bad", bytes("?"), { timeoutMs: 200 }), TransientError);
      await other.answer("large", () => Promise.resolve(new Uint8Array(REQUEST_BYTES_MAX + 1)));
      await assert.rejects(one.ask("large", bytes("?"), { timeoutMs: 200 }), TransientError);
    },
  );

  check(
    "carries questions and answers of the greatest size, and refuses larger ones",
    async ([one, other]) => {
      await other.answer("echo", (question) => Promise.resolve(question));
      const largest = new Uint8Array(REQUEST_BYTES_MAX).fill(7);
      assert.deepEqual(await one.ask("echo", largest, soon), largest);
      await assert.rejects(
        one.ask("echo", new Uint8Array(REQUEST_BYTES_MAX + 1), soon),
        InvariantViolation,
      );
    },
  );

  check("refuses names that could mean several", async ([one]) => {
    for (const name of ["", "a b", "*", "a.>", ".", "a..b"]) {
      await assert.rejects(one.ask(name, bytes("?"), soon), InvariantViolation, name);
    }
  });

  check(
    "tells all nodes that listen, its own too, in order, until they end",
    async ([one, other]) => {
      const heard: string[][] = [[], []];
      const all = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const ends: (() => void)[] = [];
      for (const [index, node] of [one, other].entries()) {
        ends.push(
          await node.listen("news", (message) => {
            heard[index]!.push(text(message));
            if (text(message) === "last") all[index]!.resolve();
          }),
        );
      }
      one.tell("nobody", bytes("listens"));
      for (const word of ["first", "second", "last"]) one.tell("news", bytes(word));
      await Promise.all(all.map(({ promise }) => promise));
      ends[0]!();
      const later = Promise.withResolvers<void>();
      await other.listen("news", () => later.resolve());
      other.tell("news", bytes("later"));
      await later.promise;
      assert.deepEqual(heard[0], ["first", "second", "last"]);
    },
  );
}
