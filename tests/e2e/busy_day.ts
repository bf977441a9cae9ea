import assert from "node:assert/strict";
import mqtt from "mqtt";
import { newId } from "../../actors/mod.ts";
import { type BenchPlatform, type Device, fleet } from "../../bench/platform.ts";

/** What a day left behind that must not stand in clear anywhere. */
export interface BusyDay {
  readonly secrets: readonly string[];
  readonly things: readonly Device[];
  readonly channelIds: readonly string[];
}

interface Asked {
  readonly body?: unknown;
  /** The administrator's unless told otherwise; null sends none. */
  readonly token?: string | null;
  readonly status?: number;
}

type Answer = Readonly<Record<string, unknown>>;
type Ask = (method: string, path: string, asked?: Asked) => Promise<Answer>;

function asking({ http, token: adminToken }: BenchPlatform): Ask {
  return async (method, path, { body, token = adminToken, status } = {}) => {
    const response = await fetch(http + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (status === undefined) assert.ok(response.ok, `${method} ${path}: ${text}`);
    else assert.equal(response.status, status, `${method} ${path}: ${text}`);
    return text === "" ? {} : JSON.parse(text);
  };
}

/** Uses everything that writes: every command by HTTP, messages and sessions by both edges. */
export async function busyDay(platform: BenchPlatform): Promise<BusyDay> {
  const ask = asking(platform);
  const { things, channelIds } = await fleet(platform, { things: 3, channels: 3 });
  const secrets = [
    ...await people(ask),
    ...await thingsAndChannels(ask, { things, channelIds }),
    ...await messages(platform, { things, channelIds }),
    platform.token,
    (await Deno.readTextFile(`${platform.folder}/admin-password`)).trim(),
    ...things.map(({ key }) => key),
  ];
  return { secrets, things, channelIds };
}

/** Answers the secrets it used, as the parts below do. */
async function people(ask: Ask): Promise<readonly string[]> {
  const [password, changed, wrong] = ["first password", "second password", "wrong password"];
  const [email, moved] = ["ann.first@example.com", "ann.second@example.com"];
  const ann = await ask("POST", "/users", { body: { email, password }, token: null });
  const signIn = { email, password };
  const { token } = await ask("POST", "/tokens", { body: signIn, token: null });
  const hers = { token: token as string };
  await ask("POST", "/tokens", { body: { email, password: wrong }, token: null, status: 401 });
  await ask("PATCH", "/password", { ...hers, body: { password: changed, old_password: password } });
  const again = await ask("POST", "/tokens", { body: { email, password: changed }, token: null });
  const fresh = { token: again["token"] as string };
  await ask("PATCH", `/users/${ann["id"]}`, { ...fresh, body: { name: "Ann Surname" } });
  await ask("PATCH", `/users/${ann["id"]}/identity`, { ...fresh, body: { identity: moved } });
  const key = await ask("POST", "/keys", { ...fresh, body: { type: 2, label: "a program" } });
  await ask("GET", "/users/profile", { token: key["value"] as string });
  await ask("DELETE", `/keys/${key["id"]}`, fresh);
  await ask("GET", "/users/profile", { token: key["value"] as string, status: 401 });
  await ask("PATCH", `/users/${ann["id"]}/role`, { body: { role: "admin" } });
  await ask("POST", `/users/${ann["id"]}/disable`);
  await ask("POST", `/users/${ann["id"]}/enable`);
  const values = [token, again["token"], key["value"]] as readonly string[];
  return [password, changed, wrong, email, moved, "Ann Surname", ...values];
}

async function thingsAndChannels(
  ask: Ask,
  { things, channelIds }: {
    readonly things: readonly Device[];
    readonly channelIds: readonly string[];
  },
): Promise<readonly string[]> {
  const friend = await ask("POST", "/users", {
    body: { email: "bob@example.com", password: "bob's password" },
  });
  for (const [noun, id] of [["thing", things[2]!.id], ["channel", channelIds[2]!]] as const) {
    const path = `/${noun}s/${id}`;
    await ask("PUT", path, { body: { name: "renamed" } });
    await ask("POST", `${path}/disable`);
    await ask("POST", `${path}/enable`);
    const share = { user_id: friend["id"], policies: ["read"] };
    await ask("POST", `${path}/share`, { body: share });
    await ask("POST", `${path}/unshare`, { body: share });
    await ask("PATCH", `${path}/owner`, { body: { owner: friend["id"] } });
  }
  const [first, second] = [newId(), newId()];
  const made = await ask("POST", "/things", { body: { name: "one", key: first } });
  await ask("PATCH", `/things/${made["id"]}/key`, { body: { key: second } });
  await ask("POST", "/things", { body: { key: second }, status: 409 });
  const pair = { thing_ids: [made["id"]], channel_ids: [channelIds[2]] };
  await ask("POST", "/connect", { body: pair });
  await ask("PUT", "/disconnect", { body: pair });
  await ask("DELETE", `/things/${made["id"]}`);
  await ask("DELETE", `/channels/${channelIds[2]}`);
  return ["bob@example.com", "bob's password", first, second];
}

async function messages(
  { http, mqttPort }: BenchPlatform,
  { things, channelIds }: {
    readonly things: readonly Device[];
    readonly channelIds: readonly string[];
  },
): Promise<readonly string[]> {
  const [device, other] = things as [Device, Device];
  const [channelId] = channelIds as [string];
  const url = `${http}/channels/${channelId}/messages`;
  const wrongKey = newId();
  for (const [key, status] of [[device.key, 202], [wrongKey, 401]] as const) {
    const headers = { authorization: `Thing ${key}`, "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: '{"v":1}' });
    await response.body?.cancel();
    assert.equal(response.status, status);
  }
  const connect = (password: string, username = device.id) =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { username, password, reconnectPeriod: 0 });
  await assert.rejects(connect(wrongKey), "a wrong key is refused");
  await assert.rejects(connect(device.key, other.id), "another thing's id is refused");
  const topic = `channels/${channelId}/messages`;
  const client = await connect(device.key);
  await client.subscribeAsync(topic, { qos: 1 });
  for (const qos of [0, 1, 2] as const) {
    await client.publishAsync(`${topic}/sub`, `said at ${qos}`, { qos, retain: qos === 1 });
  }
  await client.unsubscribeAsync(topic);
  const refused = await client.subscribeAsync(`channels/${newId()}/messages`).catch(() => []);
  assert.ok(refused.every(({ qos }) => qos === 128));
  const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
  client.publishAsync(`channels/${newId()}/messages`, "refused", { qos: 1 }).catch(() => {});
  await closed;
  // Open still when the platform is killed.
  const abandoned = await connect(other.key, other.id);
  await abandoned.publishAsync(`channels/${channelIds[1]}/messages`, "last", { qos: 1 });
  abandoned.on("close", () => abandoned.end(true));
  abandoned.on("error", () => abandoned.end(true));
  return [wrongKey];
}
