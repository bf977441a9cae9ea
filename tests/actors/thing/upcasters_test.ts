import assert from "node:assert/strict";
import { thingKind, thingUpcasters } from "../../../actors/thing/mod.ts";
import sample from "./samples/thing_connected_v1.json" with { type: "json" };

Deno.test("thing upcasters: bring the stored ThingConnected of version 1 to version 2 with both types", () => {
  const upcaster = thingUpcasters.find((step) =>
    step.type === sample.type && step.fromVersion === sample.metadata.schemaVersion
  );
  assert.deepEqual(upcaster?.upcast(sample.data), {
    channelId: sample.data.channelId,
    types: ["publish", "subscribe"],
  });
});

Deno.test("thing upcasters: lead from version 1 to the written version of each type without a gap", () => {
  for (const [type, version] of Object.entries(thingKind.schemaVersions)) {
    const steps = thingUpcasters.filter((step) => step.type === type).map((step) =>
      step.fromVersion
    );
    assert.deepEqual(steps, Array.from({ length: version - 1 }, (_, index) => index + 1));
  }
});

Deno.test("thing upcasters: give an event that the decider's fold accepts", () => {
  const created = thingKind.decider.evolve(thingKind.decider.initialState, {
    type: "ThingCreated",
    data: {
      domainId: "d1",
      ownerId: "u1",
      name: "",
      metadata: {},
      tags: [],
      key: { sealed: "s", hash: "h" },
    },
  });
  const connected = thingKind.decider.evolve(created, {
    type: "ThingConnected",
    data: thingUpcasters[0]!.upcast(sample.data) as {
      channelId: string;
      types: ["publish", "subscribe"];
    },
  });
  assert.deepEqual(connected.status === "enabled" && connected.connections, {
    [sample.data.channelId]: ["publish", "subscribe"],
  });
});
