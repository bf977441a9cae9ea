import { z } from "zod";
import { MQTT_LIMITS, type MqttLimits } from "../protocols/mod.ts";
import type { Flag } from "./flag.ts";

/** The bounds of the MQTT edge that an operator may want to set. */
export type MqttBounds = Pick<MqttLimits, typeof BOUNDS[number]["limit"]>;

interface Bound {
  readonly name: string;
  readonly limit: keyof MqttLimits;
  readonly says: string;
  readonly from: number;
  readonly to: number;
}

const YEAR_SECONDS = 365 * 86_400;

const BOUNDS = [
  {
    name: "mqtt-connections-max",
    limit: "connectionsMax",
    says: "connections in all",
    from: 1,
    to: 1_000_000,
  },
  {
    name: "mqtt-connections-per-thing",
    limit: "connectionsPerThingMax",
    says: "of one thing, 0 for no limit",
    from: 0,
    to: 1_000_000,
  },
  {
    name: "mqtt-connections-per-address",
    limit: "connectionsPerAddressMax",
    says: "from one address, 0 for no limit",
    from: 0,
    to: 1_000_000,
  },
  {
    name: "mqtt-connects-per-second",
    limit: "connectsPerSecondMax",
    says: "from one address, 0 for no limit",
    from: 0,
    to: 1_000_000,
  },
  {
    name: "mqtt-publishes-per-second",
    limit: "publishesPerSecondMax",
    says: "of one thing, 0 for no limit",
    from: 0,
    to: 10_000_000,
  },
  {
    name: "mqtt-packet-bytes",
    limit: "packetBytesMax",
    says: "largest packet",
    from: 1_024,
    to: MQTT_LIMITS.packetBytesMax,
  },
  {
    name: "mqtt-subscriptions-max",
    limit: "subscriptionsMax",
    says: "topic filters of one connection",
    from: 1,
    to: MQTT_LIMITS.listensMax,
  },
  {
    name: "mqtt-inflight-max",
    limit: "inflightMax",
    says: "QoS 1 and 2 under way to one client",
    from: 1,
    to: 65_535,
  },
  {
    name: "mqtt-out-bytes",
    limit: "outBytesMax",
    says: "bytes one client may leave unread",
    from: 64 * 1_024,
    to: 64 * 1_024 * 1_024,
  },
  {
    name: "mqtt-session-expiry",
    limit: "sessionExpirySecondsMax",
    says: "seconds an absent client's session is kept",
    from: 0,
    to: YEAR_SECONDS,
  },
  {
    name: "mqtt-sessions-per-thing",
    limit: "durableSessionsPerThingMax",
    says: "kept of one thing, 0 for no limit",
    from: 0,
    to: 10_000_000,
  },
] as const satisfies readonly Bound[];

export const MQTT_FLAGS: readonly Flag[] = BOUNDS.map(({ name, limit, says, from, to }) => ({
  name,
  fallback: String(MQTT_LIMITS[limit]),
  says,
  schema: z.string().regex(/^\d{1,10}$/).transform(Number).pipe(z.number().min(from).max(to)),
  right: `a whole number from ${from} to ${to}`,
}));

/** `value` gives what a flag was set to. */
export function mqttBounds(value: (name: string) => unknown): MqttBounds {
  const bounds = BOUNDS.map(({ name, limit }) => [limit, value(name) as number]);
  return Object.fromEntries(bounds) as MqttBounds;
}
