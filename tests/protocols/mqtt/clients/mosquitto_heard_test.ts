import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CHANNEL_A, CHANNEL_B, THING_1, THING_2 } from "../installation.ts";
import { run, start, until } from "../programs.ts";
import { withServer } from "./scenario.ts";

const A = `channels/${CHANNEL_A}/messages`;
const AS_1 = ["-u", THING_1, "-P", "key-1"];
const AS_2 = ["-u", THING_2, "-P", "key-2"];

Deno.test("mosquitto_pub and mosquitto_sub: hear why they are refused", async () => {
  await withServer(async (port, { installation }) => {
    const message = ["-t", A, "-m", "x"];
    const wrong = await run("mosquitto_pub", { port }, [
      "-u",
      THING_1,
      "-P",
      "no",
      ...message,
    ]);
    assert.equal(wrong.code, 4);
    assert.match(wrong.said, /bad user name or password/);
    installation.thing(THING_1, { status: "disabled" });
    const disabled = await run("mosquitto_pub", { port }, [...AS_1, ...message]);
    assert.equal(disabled.code, 5);
    assert.match(disabled.said, /not authorised/);
    const subscription = ["-t", `channels/${CHANNEL_B}/messages`, "-E"];
    const refused = await run("mosquitto_sub", { port }, [...AS_2, ...subscription]);
    assert.match(refused.said, /All subscription requests were denied/);
  });
});

Deno.test("mosquitto_sub: hears retained messages and wills", async () => {
  await withServer(async (port, { installation }) => {
    const retained = ["-t", `${A}/state`, "-r", "-q", "1", "-m", "on"];
    await run("mosquitto_pub", { port }, [...AS_1, ...retained]);
    const now = await run("mosquitto_sub", { port }, [
      ...AS_2,
      ...["-t", `${A}/#`, "-C", "1", "-F", "%r %q %t %p", "-q", "1"],
    ]);
    assert.equal(now.said, `1 1 ${A}/state on\n`);
    const before = installation.events.length;
    const dying = start("mosquitto_sub", { port }, [
      ...AS_1,
      ...["-t", "#", "--will-topic", `${A}/gone`, "--will-payload", "bye"],
    ]);
    const dead = dying.output();
    await until(() => installation.events.length >= before + 2, "the dying client has subscribed");
    const watching = start("mosquitto_sub", { port }, [
      ...AS_2,
      ...["-t", `${A}/gone`, "-C", "1"],
    ]);
    const watched = watching.output();
    await until(() => installation.events.length >= before + 4, "the other has subscribed");
    dying.kill("SIGKILL");
    await dead;
    assert.equal(Buffer.from((await watched).stdout).toString(), "bye\n");
  });
});
