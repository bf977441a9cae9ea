import assert from "node:assert/strict";
import {
  BEFORE_ALL,
  type PageBounds,
  RETAINED_PAGE_BYTES_MAX,
  RETAINED_PAGE_MESSAGES_MAX,
  RETAINED_PER_CHANNEL_MAX,
  type RetainedPage,
  retainedProjection,
  retainedQueries,
  type RetainedQuestion,
  RetainedStore,
} from "../../../projections/mod.ts";
import { IN_ORDER } from "../../../projections/retained/retained_store.ts";
import { CHANNEL, published, type Said, say, START_MS, TestLog } from "../log.ts";

interface Following {
  readonly log: TestLog;
  readonly store: RetainedStore;
  /** Publishes one batch, and follows. */
  tell(...messages: readonly Said[]): Promise<void>;
  /** Subtopic and payload of what is retained. */
  found(filter?: string, channelId?: string): readonly (readonly [string, string])[];
}

const decoder = new TextDecoder();

const ALL: RetainedQuestion = {
  channelId: CHANNEL,
  filter: "#",
  after: BEFORE_ALL,
  until: Infinity,
  bounds: { messagesMax: Infinity, bytesMax: Infinity },
};

async function withRetained(run: (following: Following) => Promise<void>): Promise<void> {
  const log = new TestLog();
  const store = new RetainedStore(":memory:");
  const queries = retainedQueries(store.file);
  try {
    await run({
      log,
      store,
      async tell(...messages) {
        await say(log, messages);
        await log.follow({ projection: retainedProjection, readModel: store });
      },
      found: (filter = "#", channelId = CHANNEL) =>
        queries.retained({ ...ALL, channelId, filter }).messages
          .map(({ subtopic, payload }) => [subtopic, decoder.decode(payload)] as const),
    });
  } finally {
    await store.close();
    await log.store.close();
  }
}

function kept(subtopic: string, payload: string, qos: 0 | 1 | 2 = 1): Said {
  return { subtopic, payload, qos, retain: true };
}

Deno.test("retained: keeps the newest message of each topic, and only those that say so", () =>
  withRetained(async ({ tell, found }) => {
    await tell(kept("a", "1"), { subtopic: "b", payload: "2" }, kept("", "3"));
    assert.deepEqual(found(), [["a", "1"], ["", "3"]]);
    await tell(kept("a", "4"), { subtopic: "a", payload: "not retained" });
    assert.deepEqual(found(), [["", "3"], ["a", "4"]]);
    await tell(kept("a", "5"), kept("a", "6"));
    assert.deepEqual(found("a"), [["a", "6"]]);
  }));

Deno.test("retained: an empty payload takes the message away, and another brings one again [MQTT-3.3.1-10]", () =>
  withRetained(async ({ tell, found }) => {
    await tell(kept("a", "1"), kept("b", "2"));
    await tell(kept("a", ""), kept("never", ""));
    assert.deepEqual(found(), [["b", "2"]]);
    await tell(kept("a", "3"), kept("b", ""), kept("b", "4"));
    assert.deepEqual(found(), [["a", "3"], ["b", "4"]]);
  }));

Deno.test("retained: matches filters as MQTT does, below one channel", () =>
  withRetained(async ({ tell, found }) => {
    await tell(kept("", "0"), kept("a", "1"), kept("a/b", "2"), kept("a/b/c", "3"), kept("x", "4"));
    const payloads = (filter: string) => found(filter).map(([, payload]) => payload).join("");
    assert.equal(payloads("#"), "01234");
    assert.equal(payloads(""), "0");
    assert.equal(payloads("+"), "14");
    assert.equal(payloads("a/#"), "123");
    assert.equal(payloads("a/+"), "2");
    assert.equal(payloads("+/b/c"), "3");
    assert.deepEqual(found("#", "c0000000-0000-4000-8000-000000000002"), []);
  }));

const KEPT = {
  receivedUs: START_MS * 1_000,
  contentKind: "unspecified",
  contentType: "",
} as const;

Deno.test("retained: gives bytes and QoS back as they came", () =>
  withRetained(async ({ tell, store }) => {
    await tell(kept("a", "ü\0\n", 2), kept("b", "0", 0));
    assert.deepEqual(
      retainedQueries(store.file).retained(ALL).messages.map((message) => ({
        ...message,
        payload: [...message.payload],
      })),
      [
        {
          channelId: CHANNEL,
          subtopic: "a",
          qos: 2,
          ...KEPT,
          place: [1, 0],
          payload: [0xc3, 0xbc, 0, 10],
        },
        { channelId: CHANNEL, subtopic: "b", qos: 0, ...KEPT, place: [1, 1], payload: [48] },
      ],
    );
  }));

Deno.test("retained: opens only batches whose metadata counts a retained message", () =>
  withRetained(async ({ log, store }) => {
    const { fact, options } = published([{ subtopic: "a", payload: "1" }]);
    const { retainedCount: _, ...uncounted } = options;
    // Bytes that no batch could be: to open them would fail.
    await log.record(`messages-${CHANNEL}-2026-01-01`, { ...fact, data: new Uint8Array(3) }, {
      ...uncounted,
    });
    await log.follow({ projection: retainedProjection, readModel: store });
    assert.equal(await store.checkpoint(), 1);
  }));

Deno.test("retained: keeps a bounded number for each channel; beyond it the oldest leave", () =>
  withRetained(async ({ tell, found, log, store }) => {
    const batch = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => kept(`t${from + i}`, "x"));
    await tell(...batch(0, RETAINED_PER_CHANNEL_MAX));
    // Said again, the first is the newest.
    await tell(kept("t0", "again"));
    assert.equal(found().length, RETAINED_PER_CHANNEL_MAX);
    const other = "c0000000-0000-4000-8000-000000000002";
    await say(log, [kept("other", "x")], other);
    await log.follow({ projection: retainedProjection, readModel: store });
    await tell(...batch(RETAINED_PER_CHANNEL_MAX, RETAINED_PER_CHANNEL_MAX + 2));

    assert.equal(found().length, RETAINED_PER_CHANNEL_MAX);
    assert.deepEqual(found("t0"), [["t0", "again"]]);
    for (const gone of ["t1", "t2"]) assert.deepEqual(found(gone), []);
    assert.equal(found("t3").length, 1);
    assert.equal(found("#", other).length, 1);
  }));

/** Every page that a reader gets, as subtopics. */
function pagesOf(
  store: RetainedStore,
  { bounds, ...wanted }: { readonly bounds: PageBounds; readonly filter?: string },
): readonly string[] {
  const all: string[] = [];
  const { retained } = retainedQueries(store.file);
  let page: RetainedPage = { messages: [], next: BEFORE_ALL };
  while (page.next !== undefined) {
    page = retained({ ...ALL, ...wanted, bounds, after: page.next });
    all.push(page.messages.map(({ subtopic }) => subtopic).join(" "));
  }
  return all;
}

Deno.test("retained: comes in pages of so many messages, in the order of the log", () =>
  withRetained(async ({ tell, store }) => {
    await tell(kept("c", "1"), kept("a/1", "2"), kept("b", "3"));
    await tell(kept("a/2", "4"), kept("a/3", "5"));
    const bounds = { messagesMax: 2, bytesMax: 1_000 };
    assert.deepEqual(pagesOf(store, { bounds }), ["c a/1", "b a/2", "a/3"]);
    // What does not match takes no room in a page.
    assert.deepEqual(pagesOf(store, { bounds, filter: "a/+" }), ["a/1 a/2", "a/3"]);
    assert.deepEqual(pagesOf(store, { bounds, filter: "b" }), ["b"]);
    assert.deepEqual(pagesOf(store, { bounds, filter: "nothing/#" }), [""]);
  }));

Deno.test("retained: comes in pages of so many bytes, and a larger message alone", () =>
  withRetained(async ({ tell, store }) => {
    await tell(kept("a", "x".repeat(60)), kept("b", "x".repeat(40)), kept("c", "x"));
    await tell(kept("d", "x".repeat(101)), kept("e", "x".repeat(99)), kept("f", "x"));
    const bounds = { messagesMax: 10, bytesMax: 100 };
    assert.deepEqual(pagesOf(store, { bounds }), ["a b", "c", "d", "e f"]);
  }));

Deno.test("retained: a page of the standard bounds holds 256 messages and 128 KiB at most", () =>
  withRetained(async ({ tell, store }) => {
    const bounds = { messagesMax: RETAINED_PAGE_MESSAGES_MAX, bytesMax: RETAINED_PAGE_BYTES_MAX };
    const counts = () => pagesOf(store, { bounds }).map((page) => page.split(" ").length);
    await tell(...Array.from({ length: 300 }, (_, n) => kept(`t${n}`, "x")));
    assert.deepEqual(counts(), [256, 44]);
    await tell(...Array.from({ length: 300 }, (_, n) => kept(`t${n}`, "x".repeat(1_024))));
    assert.deepEqual(counts(), [128, 128, 44]);
  }));

Deno.test("retained: answers nothing that is newer than was asked for", () =>
  withRetained(async ({ tell, store }) => {
    await tell(kept("a", "1"));
    await tell(kept("b", "2"));
    const { retained } = retainedQueries(store.file);
    for (const filter of ["#", "b"]) {
      const { messages } = retained({ ...ALL, filter, until: 1 });
      assert.equal(messages.map(({ subtopic }) => subtopic).join(), filter === "#" ? "a" : "");
    }
  }));

Deno.test("retained: a page is found by the index alone, however long the channel is", () =>
  withRetained(({ store }) => {
    const plan = store.file.database.prepare(`EXPLAIN QUERY PLAN ${IN_ORDER}`)
      .all(CHANNEL, 0, 0, 1).map(({ detail }) => detail);
    assert.deepEqual(plan, [
      "SEARCH retained USING COVERING INDEX retained_in_order " +
      "(channel_id=? AND (position,record)>(?,?) AND position<?)",
    ]);
    return Promise.resolve();
  }));
