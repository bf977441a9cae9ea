import { built, testClient } from "./scenario.ts";

const here = import.meta.dirname!;

testClient({
  name: "paho for C",
  hidesPresent: true,
  wanted: "apt-get install -y gcc libc6-dev libpaho-mqtt-dev",
  command: async () => {
    await Deno.stat("/usr/include/MQTTClient.h");
    const [source, target] = [`${here}/paho_c.c`, `${here}/build/paho_c`];
    const compile: [string, ...string[]] = ["gcc", "-o", target, source, "-lpaho-mqtt3c"];
    return [await built(target, { sources: [source], compile })];
  },
});
