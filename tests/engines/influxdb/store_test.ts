import assert from "node:assert/strict";
import { TransientError } from "../../../actors/mod.ts";
import {
  asking,
  CHANNEL,
  DOMAIN,
  message,
  number,
  type OpenedTimeSeries,
  values,
} from "../../projections/measurements/contract/checking.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { freshBucket, LOG, opened, using } from "./opened.ts";

const influxd = await startInfluxd();
Deno.test.afterAll(() => influxd.close());

const HOUR_US = 3_600_000_000;

async function answers({ queries }: OpenedTimeSeries): Promise<readonly unknown[]> {
  return [
    await queries.messages(asking()),
    await queries.documents(asking(), "json"),
    await queries.lastValues(asking()),
    await queries.unreadable(DOMAIN, CHANNEL),
  ];
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("influxdb time series: a crash between the write and the checkpoint changes nothing", async () => {
  const settings = influxd.settings(freshBucket());
  await withFolder((before) =>
    withFolder(async (folder) => {
      await using(opened(settings, folder), ({ store }) => store.apply(LOG.slice(0, 2), 2));
      await copy(folder, before);
      let written: readonly unknown[] = [];
      await using(opened(settings, folder), async (open) => {
        await open.store.apply(LOG.slice(2), 4);
        written = await answers(open);
      });
      // The local file is what it was before the write, as if its commit had not come about.
      await using(opened(settings, before), async (open) => {
        assert.equal(await open.store.checkpoint(), 2);
        assert.deepEqual(await answers(open), written);
        await open.store.apply(LOG.slice(2), 4);
        assert.deepEqual(await answers(open), written);
        assert.deepEqual(await values(open), [5, 6, 1, 2, 4]);
      });
    })
  );
});

Deno.test("influxdb time series: a local file that is lost, and a second node, come to the same points", async () => {
  const settings = influxd.settings(freshBucket());
  await using(opened(settings), async (open) => {
    await open.store.apply(LOG, 4);
    const written = await answers(open);
    await using(opened(settings), async (other) => {
      for (const [i, each] of LOG.entries()) {
        await other.store.apply(LOG.filter(({ position }) => position === each.position), i + 1);
      }
      assert.deepEqual(await answers(other), written);
    });
  });
});

Deno.test("influxdb time series: a bucket that was removed is made again and filled from the start", async () => {
  const bucket = freshBucket();
  await withFolder(async (folder) => {
    await using(opened(influxd.settings(bucket), folder), async (open) => {
      await open.store.apply(LOG, 4);
      const written = await answers(open);
      const { buckets } = await influxd.call("GET", `/api/v2/buckets?name=${bucket}`) as {
        buckets: { id: string }[];
      };
      await influxd.call("DELETE", `/api/v2/buckets/${buckets[0]!.id}`);
      const next = [message(5, [{ value: number(7) }])];
      // It finds the bucket gone, makes it, and sees that it is another one.
      await assert.rejects(open.store.apply(next, 5), TransientError);
      await assert.rejects(open.store.apply(next, 5), TransientError);
      assert.equal(await open.store.checkpoint(), 0);
      await open.store.apply([...LOG], 4);
      assert.deepEqual(await answers(open), written);
    });
  });
});

Deno.test("influxdb time series: the bucket keeps points as long as was asked, and older ones are counted", async () => {
  const bucket = freshBucket();
  const nowUs = Date.now() * 1_000;
  const kept = async () => {
    const { buckets } = await influxd.call("GET", `/api/v2/buckets?name=${bucket}`) as {
      buckets: { retentionRules: { everySeconds: number }[] }[];
    };
    return buckets[0]!.retentionRules[0]?.everySeconds ?? 0;
  };
  await using(opened(influxd.settings(bucket, { retentionSeconds: 7_200 })), async (open) => {
    await open.store.apply([
      message(1, [
        { timeUs: nowUs - 3 * HOUR_US, value: number(1) },
        { timeUs: nowUs - HOUR_US, value: number(2) },
        { timeUs: nowUs - 100 * HOUR_US, value: number(3) },
      ]),
    ], 1);
    assert.equal(await open.store.checkpoint(), 1);
    assert.deepEqual(await values(open), [2]);
    const { state, warnings } = await open.store.status();
    assert.equal(state, "up");
    assert.match(warnings!.join(), /^2 points were refused/);
    assert.equal(await kept(), 7_200);
  });
  await using(opened(influxd.settings(bucket)), async (open) => {
    assert.deepEqual(await values(open), [2]);
    assert.equal(await kept(), 7_200);
  });
  await using(opened(influxd.settings(bucket, { retentionSeconds: 0 })), async (open) => {
    assert.deepEqual(await values(open), [2]);
    assert.equal(await kept(), 0);
  });
});
