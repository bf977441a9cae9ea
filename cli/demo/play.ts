import mqtt from "mqtt";
import { TransientError } from "../../actors/mod.ts";
import type { Stage, Station } from "./setup.ts";
import type { Observation } from "./weather.ts";

/** Observations that a station has sent and not yet seen acknowledged. */
const IN_FLIGHT = 32;
const CONNECT_MS_MAX = 10_000;

/** Sends one observation; resolves when the platform has acknowledged it as durable. */
type Publish = (observation: Observation) => Promise<unknown>;

/** Seattle by MQTT (QoS 1), New York by HTTP, each in the order of time; calls `played` for each. */
export async function play(
  stage: Stage,
  { http, mqttUrl, observations, played }: {
    readonly http: string;
    readonly mqttUrl: string;
    readonly observations: readonly Observation[];
    readonly played: () => void;
  },
): Promise<void> {
  const of = ({ city }: Station) => observations.filter((row) => row.city === city);
  const { seattle, newYork, channelId } = stage;
  const client = await mqtt.connectAsync(mqttUrl, {
    username: seattle.id,
    password: seattle.key,
    clientId: `station-${seattle.id}`,
    connectTimeout: CONNECT_MS_MAX,
    reconnectPeriod: 0,
  });
  const byMqtt: Publish = ({ senml }) =>
    client.publishAsync(`channels/${channelId}/messages/${seattle.subtopic}`, senml, { qos: 1 });
  try {
    await Promise.all([
      sent(of(seattle), { publish: byMqtt, played }),
      sent(of(newYork), { publish: httpPublisher(http, { station: newYork, channelId }), played }),
    ]);
  } finally {
    await client.endAsync();
  }
}

function httpPublisher(
  http: string,
  { station, channelId }: { readonly station: Station; readonly channelId: string },
): Publish {
  const url = `${http}/channels/${channelId}/messages/${station.subtopic}`;
  const headers = {
    authorization: `Thing ${station.key}`,
    "content-type": "application/senml+json",
  };
  return async ({ senml }) => {
    const response = await fetch(url, { method: "POST", headers, body: senml });
    if (response.status !== 202) {
      throw new TransientError(`Cannot publish by HTTP: ${response.status}`);
    }
    await response.body?.cancel();
  };
}

/** At most IN_FLIGHT at once, started in order. */
async function sent(
  observations: readonly Observation[],
  { publish, played }: { readonly publish: Publish; readonly played: () => void },
): Promise<void> {
  const waiting = observations.values();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    for (const observation of waiting) {
      await publish(observation);
      played();
    }
  }));
}
