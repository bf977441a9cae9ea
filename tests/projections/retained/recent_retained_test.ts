import assert from "node:assert/strict";
import { RecentRetained, type RetainedMessage } from "../../../projections/mod.ts";
import { CHANNEL } from "../log.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const KEPT = { place: [0, 0], receivedUs: 0, contentKind: "unspecified", contentType: "" } as const;

function message(subtopic: string, payload: string, channelId: string = CHANNEL): RetainedMessage {
  return { channelId, subtopic, qos: 1, ...KEPT, payload: encoder.encode(payload) };
}

/** A read model that holds these, and has come to a position. */
class Stored {
  messages: readonly RetainedMessage[] = [];
  reached = 0;
  /** Happens while the question is under way. */
  meanwhile: () => void = () => {};
  readonly asked: string[] = [];

  readonly recent = new RecentRetained({
    reached: () => this.reached,
    // deno-lint-ignore require-await -- the port is asynchronous
    stored: async (channelId, filter) => {
      this.asked.push(`${channelId} ${filter}`);
      const answer = this.messages;
      this.meanwhile();
      return answer;
    },
  });

  async found(filter = "#"): Promise<string> {
    const messages = await this.recent.matching(CHANNEL, filter);
    return messages.map(({ subtopic, payload }) => `${subtopic}=${decoder.decode(payload)}`)
      .toSorted().join(" ");
  }
}

Deno.test("recent retained: lays what is not yet projected over what is", async () => {
  const stored = new Stored();
  stored.messages = [message("a", "old"), message("b", "kept")];
  stored.recent.remember(message("a", "new"), 5);
  stored.recent.remember(message("c", "first"), 6);
  stored.recent.remember(message("c", "second"), 7);
  assert.equal(await stored.found(), "a=new b=kept c=second");
  assert.deepEqual(stored.asked, [`${CHANNEL} #`]);
});

Deno.test("recent retained: an empty payload hides what is stored", async () => {
  const stored = new Stored();
  stored.messages = [message("a", "old"), message("b", "kept")];
  stored.recent.remember(message("a", ""), 5);
  assert.equal(await stored.found(), "b=kept");
  stored.recent.remember(message("a", "again"), 6);
  assert.equal(await stored.found(), "a=again b=kept");
});

Deno.test("recent retained: answers what matches the filter, of that channel", async () => {
  const stored = new Stored();
  stored.recent.remember(message("a/b", "1"), 1);
  stored.recent.remember(message("x", "2"), 2);
  stored.recent.remember(message("a/b", "3", "c0000000-0000-4000-8000-000000000002"), 3);
  assert.equal(await stored.found("a/#"), "a/b=1");
  assert.equal(await stored.found("+"), "x=2");
});

Deno.test("recent retained: a message that is projected while the question is under way is not lost", async () => {
  const stored = new Stored();
  stored.recent.remember(message("a", "1"), 1);
  stored.meanwhile = () => {
    stored.reached = 1;
    for (let n = 0; n < 3_000; n++) stored.recent.remember(message(`t${n}`, ""), 2 + n);
  };
  assert.equal(await stored.found("a"), "a=1");
});

Deno.test("recent retained: a newer message that comes while the question is under way is not hidden", async () => {
  const stored = new Stored();
  stored.recent.remember(message("a", "1"), 1);
  stored.recent.remember(message("b", "1"), 1);
  stored.meanwhile = () => {
    stored.recent.remember(message("a", "2"), 2);
    stored.recent.remember(message("b", ""), 3);
  };
  assert.equal(await stored.found(), "a=2");
});

Deno.test("recent retained: forgets what the read model has reached, and only that", async () => {
  const stored = new Stored();
  stored.reached = 1_000;
  for (let n = 1; n <= 5_000; n++) stored.recent.remember(message(`t${n}`, "x"), n);
  const found = (await stored.found()).split(" ");
  // Those beyond 1,000 are nowhere else.
  assert.equal(found.filter((each) => Number(each.slice(1, -2)) > 1_000).length, 4_000);
  assert.ok(!found.includes("t1=x"));
});
