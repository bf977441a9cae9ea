import type mqtt from "mqtt";

/** What the scenario sends with each message, as mqtt.js takes it. */
export const PROPERTIES = {
  contentType: "text/plain",
  responseTopic: "answers",
  userProperties: { k: "v" },
} as const;

/** What of a packet is told; its bytes may have become text. */
export interface Heard {
  readonly qos: number;
  readonly payload: string | Uint8Array;
  readonly properties?:
    | Pick<mqtt.IPublishPacket["properties"] & object, keyof typeof PROPERTIES> & {
      readonly correlationData?: string | Uint8Array | undefined;
    }
    | undefined;
}

/** A message of mqtt.js as the scenario tells it. */
export function toldMessage({ qos, payload, properties }: Heard): string {
  if (properties === undefined) return `${qos} ${payload}`;
  const { contentType, responseTopic, correlationData, userProperties } = properties;
  const user = Object.entries(userProperties ?? {}).map(([name, value]) => `${name}:${value}`);
  return `${qos} ${payload} type=${contentType} response=${responseTopic} correlation=${correlationData} user=${user}`;
}
