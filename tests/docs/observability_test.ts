import assert from "node:assert/strict";
import { startPlatform } from "../../bench/platform.ts";
import { METRICS } from "../../protocols/http/mod.ts";
import { withFolder } from "../e2e/program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = `${ROOT}docs/observability.md`;
/** Where queries stand that somebody relies on. */
const QUERIES = [
  "docker/grafana/dashboards/millrace.json",
  "docker/prometheus/alerts.yml",
  "docs/observability.md",
  "docs/operations.md",
  "docs/mqtt.md",
];
/** Names of a histogram's series end so. */
const SERIES = /_(bucket|sum|count)$/;

/** Not on the dashboard: `refusals_total` has the same with its reasons, and the last is rare. */
const LEFT_OUT = [
  "mqtt_connects_refused_total",
  "mqtt_connects_past_quota_total",
  "mqtt_connects_past_rate_total",
  "mqtt_sessions_past_quota_total",
  "mqtt_publishes_past_rate_total",
  "mqtt_actions_refused_total",
  "projection_waiting",
  "traces_dropped_total",
];

interface Family {
  readonly type: string;
  readonly help: string;
}

/** What a real platform shows: each family by its name. */
async function shownFamilies(): Promise<ReadonlyMap<string, Family>> {
  const families = new Map<string, Family>();
  await withFolder(async (folder) => {
    const platform = await startPlatform(folder);
    const text = await (await fetch(`${platform.http}/metrics`)).text();
    assert.equal(await platform.stop(), 0);
    const types = new Map(
      [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]),
    );
    for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.+)$/gm)) {
      families.set(name!, { type: types.get(name!)!, help: help! });
    }
  });
  return families;
}

function tableOf(page: string): readonly (readonly string[])[] {
  return page.split("\n").filter((line) => line.startsWith("| `millrace_"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("observability: the page names every metric of a real /metrics, in the order of the catalogue, and no other", async () => {
  const families = await shownFamilies();
  const shown = [...families].filter(([name]) => name.startsWith("millrace_"));
  const expected = Object.entries(METRICS).map(([name, metric]) => [
    `\`millrace_${name}\``,
    metric.type,
    "labels" in metric ? metric.labels.map((label) => `\`${label}\``).join(", ") : "",
    metric.help,
  ]);
  assert.deepEqual(
    shown.map(([name, { type, help }]) => [`\`${name}\``, type, help]).toSorted(),
    expected.map(([name, type, , help]) => [name, type, help]).toSorted(),
  );
  // What `promtool check metrics` asks of names.
  for (const [name, { type }] of families) {
    assert.equal(name.endsWith("_total"), type === "counter", name);
  }
  assert.deepEqual(tableOf(await Deno.readTextFile(PAGE)), expected);
});

Deno.test("observability: dashboards, alerts and pages ask only for metrics that a real /metrics has", async () => {
  const families = await shownFamilies();
  for (const path of QUERIES) {
    const text = await Deno.readTextFile(ROOT + path);
    const asked = new Set(text.match(/\b(millrace|process|nodejs)_[a-z\d_]+/g));
    asked.delete("process_up");
    const unknown = [...asked].filter((name) => {
      const known = families.get(name) ?? families.get(name.replace(SERIES, ""));
      return known === undefined || (SERIES.test(name) && !families.has(name) &&
        known.type !== "histogram");
    });
    assert.deepEqual(unknown, [], path);
  }
});

Deno.test("observability: the dashboard shows every metric of the platform but those that say the same in other words", async () => {
  const text = await Deno.readTextFile(`${ROOT}docker/grafana/dashboards/millrace.json`);
  const missing = Object.keys(METRICS).filter((name) => !text.includes(`millrace_${name}`));
  assert.deepEqual(missing, LEFT_OUT);
});

Deno.test("observability: every panel of the dashboard has a query, a place of its own and the one data source", async () => {
  const { panels } = JSON.parse(
    await Deno.readTextFile(`${ROOT}docker/grafana/dashboards/millrace.json`),
  ) as {
    readonly panels: readonly {
      readonly id: number;
      readonly title: string;
      readonly type: string;
      readonly targets?: readonly { readonly expr: string; readonly datasource: { uid: string } }[];
      readonly gridPos: { readonly x: number; readonly y: number; readonly w: number };
    }[];
  };
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const places = panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
  assert.equal(new Set(places).size, panels.length);
  for (const { title, type, targets = [], gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    assert.ok(type === "row" ? targets.length === 0 : targets.length > 0, title);
    for (const { expr, datasource } of targets) {
      assert.equal(datasource.uid, "prometheus", title);
      assert.equal(expr.split("(").length, expr.split(")").length, expr);
    }
  }
  const source = await Deno.readTextFile(
    `${ROOT}docker/grafana/provisioning/datasources/prometheus.yml`,
  );
  assert.match(source, /uid: prometheus\n/);
});

Deno.test("observability: each alert has an entry on the page that says what to do", async () => {
  const alerts = await Deno.readTextFile(`${ROOT}docker/prometheus/alerts.yml`);
  const page = await Deno.readTextFile(PAGE);
  const names = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
  assert.ok(names.length > 8);
  const rows = [...page.matchAll(/^\| `(Millrace\w+)`/gm)].map(([, name]) => name!);
  assert.deepEqual(rows, names);
});
