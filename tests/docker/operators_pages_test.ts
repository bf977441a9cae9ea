import assert from "node:assert/strict";
import { startBrowser } from "../protocols/mqtt/clients/browser.ts";
import { type Cluster, front, withCluster } from "./cluster.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A user of the API node who is no administrator. */
async function userToken({ api }: Cluster): Promise<string> {
  const credentials = { email: "ada@example.com", password: "a long password" };
  await api.post("/users", credentials);
  const { token } = await api.post("/tokens", credentials) as { token: string };
  return token;
}

const OPERATORS_PAGES = ["/grafana/d/millrace", "/prometheus/graph", "/metrics", "/ready"];

Deno.test("operators' pages: are for administrators of the platform alone", () =>
  withCluster(async (cluster) => {
    const { ask, api, edges, thing } = cluster;
    const user = await userToken(cluster);
    const { access_token: _, refresh_token: refresh } = await api.post("/tokens", {
      email: "admin@example.com",
      password: (await Deno.readTextFile(`${api.folder}/admin-password`)).trim(),
    }) as Record<string, string>;
    const refused: readonly (readonly [number, Record<string, string>])[] = [
      [401, {}],
      [401, { authorization: "" }],
      [401, { cookie: "millrace_operator=" }],
      [401, { authorization: "Bearer no-token" }],
      [401, { authorization: `Thing ${thing.key}` }],
      [401, bearer(refresh!)],
      [401, bearer(edges[0].token)],
      [403, bearer(user)],
      [403, { cookie: `millrace_operator=${user}` }],
      [401, { "x-webauth-user": "admin", "millrace-user": "admin", "millrace-role": "admin" }],
    ];
    for (const path of OPERATORS_PAGES) {
      for (const [status, headers] of refused) {
        const answer = await ask(path, { headers });
        assert.equal(answer.status, status, `${path} with ${JSON.stringify(headers)}`);
        assert.ok(!/grafana"|prometheus"|millrace_/.test(answer.text), answer.text);
      }
      for (const headers of [bearer(api.token), { cookie: `millrace_operator=${api.token}` }]) {
        assert.equal((await ask(path, { headers })).status, 200, path);
      }
    }
    for (const path of ["/auth/operator", "/auth/operator?role=user"]) {
      assert.equal((await ask(path, { headers: bearer(api.token) })).status, 404, path);
    }
  }));

Deno.test("operators' pages: Grafana and Prometheus learn who asks, and never the token", () =>
  withCluster(async ({ ask, api }) => {
    const { id } = await (await fetch(`${api.http}/users/profile`, { headers: bearer(api.token) }))
      .json();
    const asked = [["grafana", "/grafana/page", id], ["prometheus", "/page", undefined]] as const;
    for (const [name, path, user] of asked) {
      const { status, text } = await ask(`/${name}/page`, {
        headers: {
          ...bearer(api.token),
          cookie: `millrace_operator=${api.token}; grafana_session=x`,
          "x-webauth-user": "somebody else",
        },
      });
      assert.equal(status, 200);
      const got = JSON.parse(text);
      assert.deepEqual([got.name, got.path], [name, path]);
      if (user !== undefined) assert.equal(got.headers["x-webauth-user"], user);
      assert.ok(!text.includes(api.token), text);
    }
  }));

Deno.test("operators' pages: an administrator's token becomes a cookie, which counts at operators' pages alone", () =>
  withCluster(async (cluster) => {
    const { ask, api } = cluster;
    const path = "/operator/session";
    const method = "PUT";
    const user = await userToken(cluster);
    for (const [status, headers] of [[401, {}], [403, bearer(user)]] as const) {
      const answer = await ask(path, { method, headers });
      assert.deepEqual([answer.status, answer.headers["set-cookie"]], [status, undefined]);
    }
    const byGet = await ask(path, { headers: bearer(api.token) });
    assert.deepEqual([byGet.status, byGet.headers["set-cookie"]], [403, undefined]);
    const kept = await ask(path, { method, headers: bearer(api.token) });
    assert.equal(kept.status, 204);
    const [set] = kept.headers["set-cookie"] as string[];
    assert.match(set!, /; Secure; HttpOnly; SameSite=Strict$/);
    const cookie = set!.split(";")[0]!;
    assert.equal((await ask("/grafana/", { headers: { cookie } })).status, 200);
    assert.equal((await ask("/things", { headers: { cookie } })).status, 401);
  }));

Deno.test("operators' pages: a browser is led to a page to sign in, and from there to where it wanted", () =>
  withCluster(async (cluster) => {
    const { ask, api, ports } = cluster;
    const accept = "text/html,application/xhtml+xml";
    const led = await ask("/grafana/d/one?orgId=1", { headers: { accept } });
    assert.equal(led.status, 302);
    assert.match(
      String(led.headers["location"]),
      /\/operator\/sign-in\.html\?to=\/grafana\/d\/one$/,
    );
    const split = await ask("/grafana/%0d%0aset-cookie:%20a=b", { headers: { accept } });
    assert.equal(split.headers["set-cookie"], undefined);
    await userToken(cluster);
    const password = (await Deno.readTextFile(`${api.folder}/admin-password`)).trim();
    const browser = await startBrowser(front);
    try {
      const page = await browser.newPage();
      const here = `https://127.0.0.1:${ports.https}`;
      await page.goto(`${here}/grafana/d/one`);
      const signIn = async (email: string, secret: string) => {
        await page.fill("[name=email]", email);
        await page.fill("[name=password]", secret);
        await page.click("button");
      };
      await signIn("admin@example.com", "a wrong one");
      await page.getByText("no enabled user has this e-mail and password").waitFor();
      await signIn("ada@example.com", "a long password");
      await page.getByText("Only an administrator may go on").waitFor();
      await signIn("admin@example.com", password);
      await page.waitForURL(`${here}/grafana/d/one`);
      assert.equal(JSON.parse(await page.innerText("body")).name, "grafana");
      assert.equal(await page.evaluate("document.cookie"), "", "no script reads the token");
      await page.goto(`${here}/operator/sign-in.html?to=//elsewhere.example/grafana/`);
      await signIn("admin@example.com", password);
      await page.waitForURL(`${here}/grafana/`);
    } finally {
      await browser.close();
    }
  }));

Deno.test("operators' pages: stay shut while no API node answers, and devices go on", () =>
  withCluster(async ({ ask, api, thing, channelId, kill }) => {
    await kill(api);
    for (const path of OPERATORS_PAGES) {
      const { status } = await ask(path, { headers: bearer(api.token) });
      assert.ok(status >= 500, `${path}: ${status}`);
    }
    const { status } = await ask(`/channels/${channelId}/messages`, {
      method: "POST",
      headers: { "content-type": "application/senml+json", authorization: `Thing ${thing.key}` },
      body: JSON.stringify([{ n: "t", v: 1 }]),
    });
    assert.equal(status, 202);
  }));
