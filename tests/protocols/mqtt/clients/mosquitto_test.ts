import assert from "node:assert/strict";
import { THING_1 } from "../installation.ts";
import { run, start, until } from "../programs.ts";
import { linesOf, TOPIC, whatItSays, withServer } from "./scenario.ts";

const PROPERTIES = [
  ...["-D", "publish", "content-type", "text/plain"],
  ...["-D", "publish", "response-topic", "answers"],
  ...["-D", "publish", "correlation-data", "c"],
  ...["-D", "publish", "user-property", "k", "v"],
];

/** How the program is to write a message, so that it reads as the scenario tells it. */
const FORMATS = {
  4: "%q %p",
  5: "%q %p type=%C response=%R correlation=%D user=%P",
} as const;

for (const version of [4, 5] as const) {
  const spoken = version === 4 ? "3.1.1" : "5.0";
  const common = [
    ...["-V", version === 4 ? "mqttv311" : "mqttv5"],
    ...["-u", THING_1, "-P", "key-1", "-t", TOPIC],
  ];
  const told = whatItSays(version).filter((line) => !line.startsWith("present"));
  const publish = async (port: number, qos: number, payload: string): Promise<void> => {
    const properties = version === 5 ? PROPERTIES : [];
    const message = ["-q", `${qos}`, "-m", payload, ...properties];
    const { code, said } = await run("mosquitto_pub", { port }, [...common, ...message]);
    assert.equal(code, 0, said);
  };

  Deno.test(`mosquitto_pub and mosquitto_sub: MQTT ${spoken} at every QoS`, async () => {
    await withServer(async (port, { installation }) => {
      const subscription = ["-q", "2", "-C", "3", "-W", "10", "-F", FORMATS[version]];
      const output = start("mosquitto_sub", { port }, [...common, ...subscription]).output();
      await until(
        () => installation.events.some(({ type }) => type === "SessionSubscribed"),
        "mosquitto_sub has subscribed",
      );
      await publish(port, 0, "zero");
      await publish(port, 1, "one");
      await publish(port, 2, "two");
      assert.deepEqual(linesOf((await output).stdout), told.slice(0, 3));
    });
  });

  Deno.test(`mosquitto_sub: MQTT ${spoken}, a durable session`, async () => {
    await withServer(async (port) => {
      const durable = [
        ...["-c", "-i", "durable", "-q", "1"],
        ...(version === 5 ? ["-x", "3600"] : []),
      ];
      const first = await run("mosquitto_sub", { port }, [...common, ...durable, "-E"]);
      assert.equal(first.code, 0, first.said);
      await publish(port, 1, "missed");
      const again = [...durable, "-C", "1", "-W", "10", "-F", FORMATS[version]];
      const { said } = await run("mosquitto_sub", { port }, [...common, ...again]);
      assert.equal(said, `${told[3]}\n`);
    });
  });
}
