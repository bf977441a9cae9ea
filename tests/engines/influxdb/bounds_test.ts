import assert from "node:assert/strict";
import {
  asking,
  documentMessage,
  message,
  number,
  START_US,
  values,
} from "../../projections/measurements/contract/checking.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { freshBucket, opened, using } from "./opened.ts";

const influxd = await startInfluxd();
Deno.test.afterAll(() => influxd.close());

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
