import assert from "node:assert/strict";
import mqtt from "mqtt";
import { type BenchPlatform, type Device, fleet, startPlatform } from "../../bench/platform.ts";
import { withFolder } from "./program.ts";

/** Bytes that no file of the platform may exceed while its disk is full. */
const FILE_BYTES_MAX = 2_000_000;
const PAYLOAD_BYTES = 60_000;
/** More than fit by far. */
const POSTS_MAX = 200;
const RECOVERED_MS_MAX = 30_000;

/** util-linux: a limit on the size of files, to which writing fails as on a full disk. */
async function limitFiles(pid: number, bytes: number | "unlimited"): Promise<void> {
  const { success } = await new Deno.Command("prlimit", {
    args: ["--pid", String(pid), `--fsize=${bytes}:unlimited`],
  }).output();
  assert.ok(success, "prlimit is needed: apt-get install -y util-linux");
}

Deno.test("full disk: publishers are refused, reads go on, and it recovers by itself", async () => {
  await withFolder(async (folder) => {
    const platform = await startPlatform(folder);
    const { things: [device], channelIds: [channelId] } = await fleet(platform, {
      things: 1,
      channels: 1,
    });
    const target = { platform, device: device!, channelId: channelId! };
    await limitFiles(platform.pid, FILE_BYTES_MAX);
    let kept = 0;
    let status = 202;
    while (status === 202 && kept < POSTS_MAX) {
      status = await posted(target);
      if (status === 202) kept++;
    }
    assert.equal(status, 507, `after ${kept} messages`);
    assert.equal(await publishedByMqtt(target), "refused");
    assert.equal(await said(target), kept, "reads go on");
    await limitFiles(platform.pid, "unlimited");
    kept += await untilKept(target);
    assert.equal(await publishedByMqtt(target), "acknowledged");
    assert.equal(await said(target), kept + 1);
    await untilReady(platform);
    await platform.kill();
    const again = await startPlatform(folder);
    assert.equal(await said({ ...target, platform: again }), kept + 1);
    assert.equal(await again.stop(), 0);
  });
});

interface Target {
  readonly platform: BenchPlatform;
  readonly device: Device;
  readonly channelId: string;
}

async function posted({ platform, device, channelId }: Target): Promise<number> {
  const response = await fetch(`${platform.http}/channels/${channelId}/messages`, {
    method: "POST",
    headers: { authorization: `Thing ${device.key}`, "content-type": "application/octet-stream" },
    body: crypto.getRandomValues(new Uint8Array(PAYLOAD_BYTES)),
  });
  await response.body?.cancel();
  return response.status;
}

/** The platform closes a connection whose message it could not keep. */
async function publishedByMqtt(
  { platform, device, channelId }: Target,
): Promise<"acknowledged" | "refused"> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    username: device.id,
    password: device.key,
    reconnectPeriod: 0,
  });
  const payload = "x".repeat(PAYLOAD_BYTES);
  const closed = new Promise<"refused">((resolve) => client.on("close", () => resolve("refused")));
  const published = client.publishAsync(`channels/${channelId}/messages`, payload, { qos: 1 })
    .then(() => "acknowledged" as const, () => "refused" as const);
  const outcome = await Promise.race([published, closed]);
  client.end(true);
  return outcome;
}

/** Messages that the log holds, as the platform reads them. */
async function said({ platform, channelId }: Target): Promise<number> {
  let count = 0;
  let cursor = "";
  do {
    const page = await fetch(
      `${platform.http}/channels/${channelId}/messages/raw?limit=100${cursor}`,
      { headers: { authorization: `Bearer ${platform.token}` } },
    );
    assert.equal(page.status, 200);
    const { messages, nextCursor } = await page.json();
    count += messages.length;
    cursor = nextCursor === undefined ? "" : `&cursor=${nextCursor}`;
  } while (cursor !== "");
  return count;
}

/** Answers 1, the message that was kept, once there is room. */
async function untilKept(target: Target): Promise<number> {
  const untilMs = performance.now() + RECOVERED_MS_MAX;
  while (await posted(target) !== 202) {
    assert.ok(performance.now() < untilMs, "messages are refused still");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 1;
}

/** Projections that stood still go on, and are red no more. */
async function untilReady(platform: BenchPlatform): Promise<void> {
  const untilMs = performance.now() + RECOVERED_MS_MAX;
  for (;;) {
    const response = await fetch(`${platform.http}/ready`);
    const text = await response.text();
    if (response.ok && !text.includes('"red"')) return;
    assert.ok(performance.now() < untilMs, text);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
