import assert from "node:assert/strict";
import { TransientError } from "../../../actors/mod.ts";
import { asking, values } from "../../projections/measurements/contract/checking.ts";
import { startInfluxd } from "../../support/influxd/mod.ts";
import { freshBucket, LOG, opened, using } from "./opened.ts";

const influxd = await startInfluxd();
Deno.test.afterAll(() => influxd.close());

Deno.test("influxdb time series: a token that is refused is said so, and shown nowhere", async () => {
  const token = "hush-hush";
  await using(opened(influxd.settings(freshBucket(), { token })), async (open) => {
    const refusal = await Promise.resolve(open.store.apply(LOG, 4)).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(refusal instanceof TransientError, String(refusal));
    assert.match(refusal.message, /the token is refused .*: MILLRACE_INFLUXDB_TOKEN must hold/);
    const status = await open.store.status();
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
    assert.equal((await store.status()).state, "away");
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
