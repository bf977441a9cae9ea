import assert from "node:assert/strict";
import { UsageError } from "../../actors/mod.ts";
import { readSettings } from "../../cli/mod.ts";

function influxOf(address: string, token: string | undefined = "fine") {
  return readSettings([`--time-series=${address}`], {
    env: (name) => name === "MILLRACE_INFLUXDB_TOKEN" ? token : undefined,
    isTerminal: false,
  }).influx;
}

function refused(address: string, said: RegExp, token?: string): void {
  assert.throws(() => influxOf(address, token), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, said);
    assert.ok(!error.message.includes("hush"), error.message);
    return true;
  });
}

const GOOD = "influxdb+http://db:8086/?org=a&bucket=b";

Deno.test("time series flag: an InfluxDB is named by its address, and its token comes by a variable", () => {
  const named = { url: "http://db:8086", org: "Mill & Co", bucket: "b", token: "fine" };
  const keys = "?org=Mill%20%26%20Co&bucket=b";
  assert.deepEqual(influxOf(`influxdb+http://db:8086/${keys}`), named);
  assert.deepEqual(influxOf(`influxdb+http://db:8086${keys}`, " fine\n"), named);
  assert.deepEqual(influxOf(`influxdb+https://db/behind/nginx/${keys}`), {
    ...named,
    url: "https://db/behind/nginx",
  });
});

Deno.test("time series flag: retention is hours, days or weeks, or never", () => {
  const kept = { "0": 0, "36h": 129_600, "90d": 7_776_000, "2w": 1_209_600 };
  for (const [retention, seconds] of Object.entries(kept)) {
    assert.equal(influxOf(`${GOOD}&retention=${retention}`)?.retentionSeconds, seconds);
  }
  for (const wrong of ["", "1y", "0d", "90", "-1d", "1.5h", "999999d", "1d2h"]) {
    refused(`${GOOD}&retention=${wrong}`, /retention=90d to forget/);
  }
});

Deno.test("time series flag: an address that is not whole is refused", () => {
  for (
    const wrong of [
      ...["influxdb+http://db:8086", "influxdb+http://db:8086/?org=a", "influxdb+ftp://db/?org=a"],
      ...["influxdb+http://?org=a&bucket=b", "influxdb+http://db/?org=&bucket=b"],
      ...["influxdb+http://db/?org=a&bucket=_b", "influxdb+http://db/?org=a&bucket=b/c"],
      ...[`${GOOD}&bucket=c`, `${GOOD}&x=1`, `${GOOD}#c`, `${GOOD}"`],
    ]
  ) {
    refused(wrong, /--time-series 'influxdb.*': it must be 'sqlite' or influxdb\+http:/);
  }
});

Deno.test("time series flag: without a token, or with one that no header can carry, there is no start", () => {
  for (const token of ["", " ", "hush\nhush", "hüsh hush"]) {
    refused(GOOD, /in 'http:\/\/db:8086': MILLRACE_INFLUXDB_TOKEN must hold .* bucket 'b'$/, token);
  }
});

Deno.test("time series flag: a secret in the address is refused, and not quoted", () => {
  refused("influxdb+http://me:hush@db:8086/?org=a&bucket=b", /'influxdb\+http:\/\/…@db:8086/);
  refused(`${GOOD}&token=hush`, /bucket=b&token=…'/);
});
