import { buildLoadGenerator, clientLine, runMqttLoad, runWrk } from "../load.ts";
import { fleet, residentMiB, startPlatform } from "../platform.ts";

/** Messages of one burst of each publisher; bursts follow one another without a pause. */
const BURST_MESSAGES = 100_000;
const PUBLISHERS = 10;
/** Messages a second by MQTT: a disk of some gigabytes lasts for ten minutes of them. */
const MQTT_PER_SECOND = 50_000;
const HTTP_SECONDS = 20;
const HTTP_BODY = '[{"n":"temperature","u":"Cel","v":21.5}]';
const SAMPLE_MS = 15_000;

/** Full load by MQTT and HTTP at once; says how much memory the platform holds as time goes by. */
export async function measureSteady(minutes: number, say: (text: string) => void): Promise<void> {
  const binary = await buildLoadGenerator();
  const folder = await Deno.makeTempDir({ prefix: "millrace-soak-" });
  const platform = await startPlatform(folder);
  const untilMs = performance.now() + minutes * 60_000;
  const loaded = () => performance.now() < untilMs;
  try {
    const { things, channelIds } = await fleet(platform, { things: 11, channels: 5 });
    const clients = Array.from(
      { length: PUBLISHERS },
      (_, n) =>
        clientLine(things[n]!, {
          name: `soak-${n}`,
          topic: `channels/${channelIds[n % 5]}/messages/soak`,
        }),
    );
    let messages = 0;
    const byMqtt = async () => {
      while (loaded()) {
        const { acked } = await runMqttLoad(binary, {
          port: platform.mqttPort,
          publishers: PUBLISHERS,
          messagesEach: BURST_MESSAGES,
          rate: MQTT_PER_SECOND,
          qos: 1,
          clients,
        });
        messages += acked;
      }
    };
    const byHttp = async () => {
      while (loaded()) {
        const { perSecond } = await runWrk(
          `${platform.http}/channels/${channelIds[0]}/messages/soak`,
          { key: things[10]!.key, body: HTTP_BODY, seconds: HTTP_SECONDS },
        );
        messages += Math.round(perSecond * HTTP_SECONDS);
      }
    };
    const sampled = async () => {
      for (let atMs = 0; loaded(); atMs += SAMPLE_MS) {
        const memory = Math.round(await residentMiB(platform.pid));
        say(`${atMs / 1_000} s  ${memory} MiB  ${messages} messages acknowledged`);
        await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      }
    };
    await Promise.all([byMqtt(), byHttp(), sampled()]);
  } finally {
    await platform.stop();
    await Deno.remove(folder, { recursive: true });
  }
}
