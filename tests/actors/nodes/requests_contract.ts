import assert from "node:assert/strict";
import { REQUEST_BYTES_MAX, type Requests, TransientError } from "../../../actors/mod.ts";
import { until } from "./leases_contract.ts";

/* The port of questions between nodes in executable form, through two nodes of it. */

export interface OpenedRequests {
  readonly requests: Requests;
  /** Another node. */
  readonly others: Requests;
  close(): Promise<void>;
}

type Check = (says: string, run: (opened: OpenedRequests) => Promise<void>) => void;

/** Long enough for an answer, and short enough to be waited for in vain. */
const SOON = { timeoutMs: 300 };
const PATIENT = { timeoutMs: 10_000 };

export function requestsContract(name: string, open: () => Promise<OpenedRequests>): void {
  const check: Check = (says, run) =>
    Deno.test(`${name}: ${says}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });
  asking(check);
  deadlines(check);
  telling(check);
}

function asking(check: Check): void {
  check("bring a question to whoever answers, and the answer back", async (opened) => {
    const { requests, others } = opened;
    await others.answer("actors.7", (question) => Promise.resolve(bytes(`${text(question)}!`)));
    assert.equal(text(await requests.ask("actors.7", bytes("yes"), PATIENT)), "yes!");
    assert.equal(text(await others.ask("actors.7", bytes("me"), PATIENT)), "me!");
  });

  check("answer nothing where nobody answers under the name", async ({ requests, others }) => {
    assert.equal(await requests.ask("actors.7", bytes("?"), PATIENT), undefined);
    await others.answer("actors.8", () => Promise.resolve(bytes("eight")));
    assert.equal(await requests.ask("actors.7", bytes("?"), PATIENT), undefined);
  });

  check("answer nothing once the answering has ended", async ({ requests, others }) => {
    const end = await others.answer("actors.7", () => Promise.resolve(bytes("here")));
    assert.equal(text(await requests.ask("actors.7", bytes("?"), PATIENT)), "here");
    end();
    let answer: Uint8Array | undefined = bytes("");
    for (let n = 0; n < 100 && answer !== undefined; n++) {
      answer = await requests.ask("actors.7", bytes("?"), SOON).catch(() => bytes(""));
    }
    assert.equal(answer, undefined);
  });

  check("ask one of several, and any of them", async ({ requests, others }) => {
    const asked: string[] = [];
    for (const [who, by] of [["a", requests], ["b", others]] as const) {
      await by.answer("actors.7", () => {
        asked.push(who);
        return Promise.resolve(bytes(who));
      });
    }
    for (let n = 0; n < 40; n++) {
      const answer = text(await requests.ask("actors.7", bytes("?"), PATIENT));
      assert.equal(asked.length, n + 1, "one was asked");
      assert.equal(answer, asked[n]);
    }
  });

  check("hold no question up by a slow one", async ({ requests, others }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await others.answer("actors.7", async (question) => {
      if (text(question) === "slow") await held;
      return question;
    });
    const slow = requests.ask("actors.7", bytes("slow"), PATIENT);
    assert.equal(text(await requests.ask("actors.7", bytes("fast"), PATIENT)), "fast");
    release();
    assert.equal(text(await slow), "slow");
  });

  check("carry any bytes up to the limit, both ways", async ({ requests, others }) => {
    await others.answer("echo", (question) => Promise.resolve(question));
    const most = new Uint8Array(REQUEST_BYTES_MAX).map((_, index) => index % 251);
    for (const question of [new Uint8Array(0), new Uint8Array([0, 255, 10, 13]), most]) {
      const answer = await requests.ask("echo", question, PATIENT);
      assert.deepEqual(answer === undefined ? undefined : new Uint8Array(answer), question);
    }
  });

  check("refuse a question past the limit", async ({ requests, others }) => {
    let asked = 0;
    await others.answer("echo", (question) => {
      asked++;
      return Promise.resolve(question);
    });
    const beyond = new Uint8Array(REQUEST_BYTES_MAX + 1);
    await assert.rejects(requests.ask("echo", beyond, PATIENT));
    assert.equal(asked, 0);
  });
}

function deadlines(check: Check): void {
  check("throw TransientError when the answer is late", async ({ requests, others }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await others.answer("actors.7", async (question) => {
      await held;
      return question;
    });
    await assert.rejects(requests.ask("actors.7", bytes("?"), SOON), TransientError);
    release();
    assert.equal(text(await requests.ask("actors.7", bytes("again"), PATIENT)), "again");
  });

  check("take an answer that fails for none, and go on answering", async ({ requests, others }) => {
    let fails = true;
    await others.answer("actors.7", (question) => {
      if (fails) return Promise.reject(new TypeError("Cannot answer"));
      return Promise.resolve(question);
    });
    await assert.rejects(requests.ask("actors.7", bytes("?"), SOON), TransientError);
    fails = false;
    assert.equal(text(await requests.ask("actors.7", bytes("again"), PATIENT)), "again");
  });
}

function telling(check: Check): void {
  check("tell every node that listens, also the one that tells", async ({ requests, others }) => {
    const heard: string[] = [];
    await requests.listen("news", (message) => void heard.push(`a ${text(message)}`));
    await others.listen("news", (message) => void heard.push(`b ${text(message)}`));
    await others.listen("weather", (message) => void heard.push(`c ${text(message)}`));
    requests.tell("news", bytes("one"));
    await until(() => heard.length === 2, "both hear");
    others.tell("news", bytes("two"));
    await until(() => heard.length === 4, "both hear again");
    assert.deepEqual(heard.toSorted(), ["a one", "a two", "b one", "b two"]);
  });

  check("tell nobody, and whoever no longer listens", async ({ requests, others }) => {
    requests.tell("news", bytes("nobody hears"));
    const heard: string[] = [];
    const end = await others.listen("news", (message) => void heard.push(text(message)));
    await others.listen("other", (message) => void heard.push(text(message)));
    requests.tell("news", bytes("heard"));
    await until(() => heard.length === 1, "it listens");
    end();
    others.tell("news", bytes("not heard"));
    others.tell("other", bytes("heard behind it"));
    await until(() => heard.length === 2, "it listens elsewhere");
    assert.deepEqual(heard, ["heard", "heard behind it"]);
  });
}

function bytes(message: string): Uint8Array {
  return new TextEncoder().encode(message);
}

function text(message: Uint8Array | undefined): string {
  assert.ok(message !== undefined, "somebody answered");
  return new TextDecoder().decode(message);
}
