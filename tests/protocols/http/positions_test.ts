import assert from "node:assert/strict";
import { ManualClock, newId } from "../../../actors/mod.ts";
import { ADMIN, type Answer, assertProblem, DOMAIN_ID, signedUp } from "./house.ts";
import { createDomain } from "./own_domain.ts";
import { openStation, type Station, whileTimePasses } from "./messages.ts";

/** Routes that only ask, although they are posted to. */
const QUESTIONS = [
  "POST /tokens",
  "POST /users/tokens/issue",
  "POST /users/tokens/refresh",
  "POST /things/search",
  "POST /channels/search",
  "POST /identify",
  "POST /identify/channels/:id/access-by-key",
  "POST /identify/channels/:id/access-by-id",
];

/** Routes that change what lies before the log: what comes of it is recorded later. */
const BEFORE_THE_LOG = [
  "POST /mailbox/dead-letters/:sequence/replay",
  "DELETE /mailbox/dead-letters/:sequence",
];

interface Cast {
  readonly thing: string;
  readonly channel: string;
  readonly user: string;
  readonly key: string;
}

/** Route as registered, its address, and a body that changes something; in an order that works. */
function writes({ thing, channel, user, key }: Cast): readonly [string, string, unknown?][] {
  const pair = { thing_ids: [thing], channel_ids: [channel] };
  const single = `/channels/${channel}/things/${thing}`;
  const singleRoute = "/channels/:channel_id/things/:thing_id";
  const share = { user_id: user, policies: ["read"] };
  const managed = (noun: string, id: string): readonly [string, string, unknown?][] => [
    [`PUT /${noun}/:id`, `/${noun}/${id}`, { name: "put" }],
    [`PATCH /${noun}/:id`, `/${noun}/${id}`, { name: "patched" }],
    [`PATCH /${noun}/:id/tags`, `/${noun}/${id}/tags`, { tags: ["t"] }],
    [`POST /${noun}/:id/share`, `/${noun}/${id}/share`, share],
    [`POST /${noun}/:id/unshare`, `/${noun}/${id}/unshare`, share],
    [`POST /${noun}/:id/disable`, `/${noun}/${id}/disable`],
    [`POST /${noun}/:id/enable`, `/${noun}/${id}/enable`],
    [`PATCH /${noun}/:id/owner`, `/${noun}/${id}/owner`, { owner: user }],
  ];
  const fingerprint = "0f".repeat(32);
  return [
    ["POST /things", "/things", {}],
    ["POST /things/bulk", "/things/bulk", [{}, {}]],
    ["POST /channels", "/channels", {}],
    ["POST /channels/bulk", "/channels/bulk", [{}, {}]],
    ["POST /connect", "/connect", pair],
    ["PUT /disconnect", "/disconnect", pair],
    [`PUT ${singleRoute}`, single],
    [`DELETE ${singleRoute}`, single],
    [`POST ${singleRoute}/connect`, `${single}/connect`],
    [`POST ${singleRoute}/disconnect`, `${single}/disconnect`],
    ["POST /connect", "/connect", { ...pair, types: ["publish"] }],
    ["POST /disconnect", "/disconnect", pair],
    ...managed("things", thing),
    ...managed("channels", channel),
    ["PATCH /things/:id/key", `/things/${thing}/key`, { key: "k-1" }],
    ["PATCH /things/:id/secret", `/things/${thing}/secret`, { secret: "k-2" }],
    ["POST /things/:id/certificates", `/things/${thing}/certificates`, { fingerprint }],
    ["DELETE /things/:id/certificates", `/things/${thing}/certificates?fingerprint=${fingerprint}`],
    ["POST /things/:id/recorder", `/things/${thing}/recorder`, { minutes: 1 }],
    [
      "PUT /domains/:id/session-expiry",
      `/domains/${DOMAIN_ID}/session-expiry`,
      { seconds_max: 60 },
    ],
    ["DELETE /things/:id", `/things/${thing}`],
    ["DELETE /channels/:id", `/channels/${channel}`],
    ["POST /users", "/users", { email: "new@example.com", password: "a long password" }],
    ["PUT /users", "/users", { metadata: { a: 1 } }],
    ["PATCH /users/:id", `/users/${user}`, { name: "Ada" }],
    ["PATCH /users/:id/tags", `/users/${user}/tags`, { tags: ["t"] }],
    ["PATCH /users/:id/role", `/users/${user}/role`, { role: "admin" }],
    ["PATCH /users/:id/identity", `/users/${user}/identity`, { identity: "ada2@example.com" }],
    ["POST /users/:id/disable", `/users/${user}/disable`],
    ["POST /users/:id/enable", `/users/${user}/enable`],
    ["POST /keys", "/keys", {}],
    ["DELETE /keys/:id", `/keys/${key}`],
  ];
}

/** The last of all, because they end the admin's tokens. */
const PASSWORDS: readonly [string, string, unknown][] = [
  ["PATCH /users/secret", "/users/secret", {
    old_secret: ADMIN.password,
    new_secret: "a new password",
  }],
  ["PATCH /password", "/password", { old_password: "a new password", password: "yet another one" }],
];

async function castOf(station: Station): Promise<Cast> {
  const { id: user } = await signedUp(station, "ada@example.com");
  const { body: { id: key } } = await station.ask("POST", "/keys", { body: {} });
  const { body: channel } = await station.ask("POST", "/channels", { body: {} });
  const { body: thing } = await station.ask("POST", "/things", { body: {} });
  return { thing: thing.id, channel: channel.id, user, key };
}

Deno.test("positions: every route that writes says how far the log came by it", async () => {
  const station = await openStation();
  await createDomain(station);
  const steps = writes(await castOf(station));
  const named = [...steps, ...PASSWORDS].map(([route]) => route);
  const unnamed = station.app.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !/^(GET|ALL) /.test(route) && !/\/messages(\/\*)?$/.test(route))
    .filter((route) => ![...QUESTIONS, ...BEFORE_THE_LOG, ...named].includes(route));
  assert.deepEqual(unnamed, [], "routes that no step tries");
  const checked = async (route: string, ask: () => Promise<Answer>) => {
    const before = await station.ground.events.lastPosition();
    const { status, headers, body } = await ask();
    assert.ok(status >= 200 && status < 300, `${route}: ${JSON.stringify(body)}`);
    const position = Number(headers.get("millrace-position"));
    const after = await station.ground.events.lastPosition();
    assert.ok(position > before && position <= after, `${route}: ${position} of ${after}`);
  };
  for (const [route, path, body] of steps) {
    const method = route.split(" ")[0]!;
    await checked(route, () => station.ask(method, path, body === undefined ? {} : { body }));
  }
  let { password } = ADMIN as { password: string };
  for (const [route, path, body] of PASSWORDS) {
    const { body: { token } } = await station.ask("POST", "/tokens", {
      body: { email: ADMIN.email, password },
      token: null,
    });
    await checked(route, () => station.ask("PATCH", path, { body, token }));
    password = "a new password";
  }
  await checked("publishing", () => station.publish([{ n: "a", v: 1 }]));
  await station.close();
});

Deno.test("positions: a write that changes nothing answers a position as well", async () => {
  const station = await openStation();
  const last = await station.ground.events.lastPosition();
  for (
    const [method, path, body] of [
      ["POST", `/things/${station.thing.id}/enable`, undefined],
      ["PUT", `/channels/${station.channelId}/things/${station.thing.id}`, undefined],
      ["PUT", `/things/${station.thing.id}`, { name: "pump" }],
    ] as const
  ) {
    const answer = await station.ask(method, path, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    assert.match(answer.headers.get("millrace-position") ?? "", /^\d+$/, path);
  }
  assert.ok(await station.ground.events.lastPosition() <= last + 1);
  await station.close();
});

Deno.test("positions: every read of a read model waits for the position that it names", async () => {
  const station = await openStation();
  const { thing: { id }, channelId, path } = station;
  const reads = [
    "/things",
    `/things/${id}`,
    `/things/${id}/channels`,
    `/things/${id}/history`,
    `/things/${id}/history/export`,
    `/things/${id}/sessions`,
    "/channels",
    `/channels/${channelId}`,
    `/channels/${channelId}/things`,
    `/channels/${channelId}/history`,
    path,
    `${path}/raw`,
    "/users",
    "/users/profile",
  ];
  const published = await station.publish([{ n: "a", v: 1 }]);
  const position = published.headers.get("millrace-position")!;
  for (const read of reads) {
    const waiting = (wanted: string) =>
      station.ask("GET", read, { headers: { "millrace-wait-for": wanted } });
    assert.equal((await waiting(position)).status, 200, read);
    for (const wrong of ["soon", "-1", "1.5", "1e4", "0x1", ""]) {
      assertProblem(await waiting(wrong), 400, "Millrace-Wait-For");
    }
  }
  const seen = await station.ask("GET", path, { headers: { "millrace-wait-for": position } });
  assert.equal(seen.body.total, 1);
  await station.close();
});

Deno.test("positions: a read for a position that does not come answers 503 in bounded time", async () => {
  const clock = new ManualClock(Date.now());
  const station = await openStation({ clock });
  const far = { headers: { "millrace-wait-for": "999999999" } };
  const asked = [
    station.ask("GET", "/things", far),
    station.ask("GET", station.path, far),
    station.ask("GET", `/things/${station.thing.id}/history`, far),
    station.ask("POST", "/things/search", { ...far, body: {} }),
  ];
  const answers = await whileTimePasses(clock, Promise.all(asked));
  for (const answer of answers) {
    assertProblem(answer, 503);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.match(answer.body.detail, /999999999/);
  }
  assert.equal((await station.ask("GET", `/things/${newId()}`)).status, 404);
  await station.close();
});
