import assert from "node:assert/strict";
import { isUuid } from "../../actors/mod.ts";
import { readSettings, startBlock } from "../../cli/mod.ts";

function block(args: readonly string[], generatedPassword?: string): string {
  return startBlock({
    addresses: { http: "http://127.0.0.1:18080", mqtt: "mqtt://127.0.0.1:11883" },
    settings: readSettings(args, { env: () => undefined, isTerminal: true }),
    readyMs: 1_234,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
  });
}

/** The lines that a person pastes. */
function pasted(text: string): readonly string[] {
  return text.split("\n").filter((line) => /^(U=|mosquitto_pub|curl)/.test(line));
}

Deno.test("start block: says where the platform is, where its data lie and how to sign in", () => {
  const text = block(["--data", "/srv/data", "--admin-email", "ann@example.com"], "hush-hush");
  for (
    const said of [
      /ready \(1\.2 s\)/,
      /HTTP +http:\/\/127\.0\.0\.1:18080 .*\/docs/,
      /MQTT +mqtt:\/\/127\.0\.0\.1:11883/,
      /Data +\/srv\/data/,
      /Sign in +ann@example\.com, password hush-hush/,
    ]
  ) assert.match(text, said);
});

Deno.test("start block: names the ports of TLS that are open, and no others", () => {
  assert.doesNotMatch(block([]), /MQTTS|HTTPS/);
  const settings = readSettings([], { env: () => undefined, isTerminal: true });
  const addresses = {
    http: "http://127.0.0.1:18080",
    mqtt: "mqtt://127.0.0.1:11883",
    mqtts: "mqtts://127.0.0.1:18883",
    https: "https://127.0.0.1:18443",
  };
  const text = startBlock({ addresses, settings, readyMs: 1 });
  assert.match(text, /\n {4}MQTTS +mqtts:\/\/127\.0\.0\.1:18883\n/);
  assert.match(text, /\n {4}HTTPS +https:\/\/127\.0\.0\.1:18443\n/);
});

Deno.test("start block: shows a password only when it was just made, and then says where it is kept", () => {
  assert.match(block(["--data", "/srv/data"]), /password see \/srv\/data\/admin-password/);
  const given = block(["--admin-password", "given by me"]);
  assert.ok(!given.includes("given by me"));
  assert.match(given, /password as you set it/);
});

Deno.test("start block: holds three lines to paste, with fresh ids, for the ports that were taken", () => {
  const [create, publish, read, ...more] = pasted(block([], "hush-hush"));
  assert.ok(create !== undefined && publish !== undefined && read !== undefined);
  assert.deepEqual(more, []);
  assert.match(create, /U=http:\/\/127\.0\.0\.1:18080 .*"password":"hush-hush"/);
  assert.match(publish, /-h 127\.0\.0\.1 -p 11883 /);
  for (const line of [publish, read]) assert.match(line, /channels\/\$C\/messages/);
  const ids = ["T", "K", "C"].map((name) => new RegExp(` ${name}=(\\S+)`).exec(create)?.[1]);
  assert.ok(ids.every((id) => id !== undefined && isUuid(id)));
  assert.equal(new Set(ids).size, 3);
  assert.notEqual(pasted(block([], "hush-hush"))[0], create);
});
