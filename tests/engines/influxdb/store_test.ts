import assert from "node:assert/strict";
import { TransientError } from "../../../actors/mod.ts";
import type { MeasuredMessage } from "../../../projections/mod.ts";
import {
  asking,
  CHANNEL,
  documentMessage,
  DOMAIN,
  message,
  number,
  type OpenedTimeSeries,
  START_US,
  unreadableMessage,
  values,
} from "../../projections/measurements/contract/checking.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { freshBucket, opened, type OpenedInflux } from "./opened.ts";

const influxd = await startInfluxd();
Deno.test.afterAll(() => influxd.close());

const HOUR_US = 3_600_000_000;

const LOG: readonly MeasuredMessage[] = [
  message(1, [{ value: number(1) }, { value: number(2), sum: 3 }]),
  documentMessage(2, [{ a: 1 }, { a: 1 }]),
  unreadableMessage(3),
  message(4, [{ value: number(4) }, { timeUs: START_US - 1, value: number(5) }]),
  message(4, [{ timeUs: START_US - 1, value: number(6) }], { index: 1 }),
];

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

async function using(open: OpenedInflux, run: (open: OpenedInflux) => Promise<void>) {
  try {
    await run(open);
  } finally {
    await open.close();
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
    assert.equal(open.store.engine().expired, 2);
    assert.equal(open.store.engine().state, "up");
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

Deno.test("influxdb time series: texts of every size and with every character come back", async () => {
  const odd = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join("") +
    "\u2028\ufeff\ufffd😀";
  const units = ["x".repeat(5_000), `${"x".repeat(5_000)}y`, odd, "\\", "ends with \\", " "];
  const subtopic = `${"a/".repeat(15_000)}b`;
  const text = `${odd}${"ü".repeat(100_000)}`;
  // In the log it has 250 KiB, written out it has more than a field may have.
  const document = { numbers: Array.from({ length: 50_000 }, () => 1e20), odd };
  const settings = influxd.settings(freshBucket());
  await using(opened(settings), async (open) => {
    await open.store.apply([
      message(1, units.map((unit) => ({ unit, value: { kind: "text", value: text } })), {
        subtopic,
      }),
      documentMessage(2, [document], { subtopic }),
    ], 2);
    const { rows } = await open.queries.messages(asking({ subtopic, vs: text }));
    assert.deepEqual(rows.map(({ unit }) => unit), units);
    assert.ok(rows.every((row) => row.string_value === text));
    assert.ok(rows.every((row) => row.subtopic === subtopic.replaceAll("/", ".")));
    const { total, rows: [shown] } = await open.queries.documents(asking({ subtopic }), "b");
    assert.equal(total, 1);
    assert.deepEqual(shown!.payload, document);
  });
});

Deno.test("influxdb time series: a clock that stands still gives as many points as were sent", async () => {
  const inOrder = Array.from({ length: 1_300 }, (_, i) => ({ value: number(i) }));
  const late = Array.from({ length: 1_300 }, (_, i) => ({ value: number(10_000 + i) }));
  await using(opened(influxd.settings(freshBucket())), async (open) => {
    await open.store.apply([
      message(1, [...inOrder, { timeUs: START_US + 1, value: number(-1) }]),
      message(2, late),
    ], 2);
    const { total } = await open.queries.messages(asking());
    assert.equal(total, 2_601);
    const seen: (number | undefined)[] = [];
    for (let offset = 0; offset < total; offset += 1_000) {
      seen.push(...await values(open, { offset, limit: 1_000 }));
    }
    assert.deepEqual(
      seen,
      [...inOrder, ...late, { value: number(-1) }].map(({ value }) =>
        value.kind === "number" ? value.value : undefined
      ),
    );
    const newest = async () => (await open.queries.lastValues(asking())).map(({ value }) => value);
    assert.deepEqual(await newest(), [-1]);
    await open.store.apply([message(3, inOrder.map((point) => ({ ...point, name: "b" })))], 3);
    assert.deepEqual(await newest(), [1_299, -1]);
  });
});

Deno.test("influxdb time series: a slice that is more than one write is written whole", async () => {
  // About 240 bytes a line: 8 MiB, in writes of 2 MiB.
  const messages = Array.from({ length: 4 }, (_, position) =>
    message(
      position + 1,
      Array.from({ length: 9_000 }, (_, i) => ({
        timeUs: START_US + position * 9_000 + i,
        value: number(i),
      })),
    ));
  await using(opened(influxd.settings(freshBucket())), async (open) => {
    await open.store.apply(messages, 4);
    const { total, rows } = await open.queries.messages(asking({ offset: 35_999, limit: 1 }));
    assert.equal(total, 36_000);
    assert.equal(rows[0]!.value, 8_999);
  });
});

Deno.test("influxdb time series: intervals may be longer than all time, of which there are two", async () => {
  await using(opened(influxd.settings(freshBucket())), async ({ store, queries }) => {
    await store.apply([message(1, [{ timeUs: -5 }, { timeUs: 5 }, { timeUs: START_US }])], 1);
    for (const days of [104_249, 999_999, 9_999_999]) {
      const how = { aggregation: "COUNT", intervalUs: days * 86_400e6 } as const;
      const { total, rows } = await queries.aggregates(asking(), how);
      assert.equal(total, 2);
      assert.deepEqual(rows.map(({ time, value }) => [time, value]), [[-days * 86_400, 1], [0, 2]]);
    }
  });
});

Deno.test("influxdb time series: more series than can be told at once are refused by name", async () => {
  const series = Array.from({ length: 100_001 }, (_, i) => ({ name: `n${i}`, record: i % 10_000 }));
  await using(opened(influxd.settings(freshBucket())), async (open) => {
    for (let at = 0, position = 1; at < series.length; at += 10_000, position++) {
      await open.store.apply([message(position, series.slice(at, at + 10_000))], position);
    }
    await assert.rejects(
      async () => await open.queries.lastValues(asking()),
      /more than 100000 series/,
    );
    const found = await open.queries.lastValues(asking({ name: "n77" }));
    assert.equal(found.length, 1);
  });
});

Deno.test("influxdb time series: a token that is refused is said so, and shown nowhere", async () => {
  const token = "hush-hush";
  await using(opened(influxd.settings(freshBucket(), { token })), async (open) => {
    const refusal = await Promise.resolve(open.store.apply(LOG, 4)).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(refusal instanceof TransientError, String(refusal));
    assert.match(refusal.message, /the token is refused .*: MILLRACE_INFLUXDB_TOKEN must hold/);
    const status = open.store.engine();
    assert.equal(status.state, "away");
    assert.ok(!`${refusal.message} ${JSON.stringify(status)}`.includes(token));
    assert.equal(await open.store.checkpoint(), 0);
  });
});

Deno.test("influxdb time series: a token for one bucket is enough, among many that it may not see", async () => {
  const named = async (name: string) =>
    await influxd.call("POST", "/api/v2/buckets", { orgID, name }) as { readonly id: string };
  const { orgs } = await influxd.call("GET", `/api/v2/orgs?org=${influxd.org}`) as {
    orgs: { readonly id: string }[];
  };
  const orgID = orgs[0]!.id;
  for (let i = 0; i < 30; i++) await named(`a-${i}`);
  const bucket = freshBucket();
  const { id } = await named(bucket);
  const resource = { type: "buckets", id, orgID };
  const { token } = await influxd.call("POST", "/api/v2/authorizations", {
    orgID,
    permissions: ["read", "write"].map((action) => ({ action, resource })),
  }) as { readonly token: string };
  await using(opened(influxd.settings(bucket, { token })), async (open) => {
    await open.store.apply(LOG, 4);
    assert.deepEqual(await values(open), [5, 6, 1, 2, 4]);
  });
  await using(opened(influxd.settings(freshBucket(), { token })), async ({ store }) => {
    await assert.rejects(store.apply(LOG, 4), /Cannot make a bucket for organisation 'mill'/);
  });
});

Deno.test("influxdb time series: an organisation that is not there is named", async () => {
  const settings = influxd.settings(freshBucket(), { org: "nobody" });
  await using(opened(settings), async ({ store }) => {
    await assert.rejects(store.apply(LOG, 4), /organisation 'nobody': InfluxDB shows no such one/);
    assert.equal(store.engine().state, "away");
  });
});

Deno.test("influxdb time series: nothing that a caller says becomes a part of a statement", async () => {
  const attack = "' OR 1 = 1; DROP MEASUREMENT millrace_points_2 --";
  await using(opened(influxd.settings(freshBucket())), async (open) => {
    await open.store.apply(LOG, 4);
    const attacks = [attack, '" = "" OR "domain" != "', "$name", "/.*/", "\\' OR 1 = 1", "*"];
    for (const text of attacks) {
      for (const key of ["subtopic", "publisher", "protocol", "name", "vs", "vd", "domainId"]) {
        assert.deepEqual(await values(open, { [key]: text }), [], `${key}: ${text}`);
      }
      assert.equal((await open.queries.documents(asking(), text)).total, 0);
      assert.deepEqual(await open.queries.lastValues(asking({ name: text })), []);
      assert.equal(await open.queries.unreadable(text, text), 0);
    }
    assert.equal((await open.queries.messages(asking())).total, 5);
  });
});
