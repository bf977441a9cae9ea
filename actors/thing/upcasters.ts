import type { Upcaster } from "../event_store/mod.ts";

/**
 * Version 1 knew only connections that allow both directions and did not say so.
 * The stored sample is tests/actors/thing/samples/thing_connected_v1.json.
 */
export const thingUpcasters: readonly Upcaster[] = [
  {
    type: "ThingConnected",
    fromVersion: 1,
    upcast: (data) => ({ ...data, types: ["publish", "subscribe"] }),
  },
];
