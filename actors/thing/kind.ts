import type { ActorKind } from "../runtime/mod.ts";
import type { ThingCommand } from "./commands.ts";
import { thingDecider } from "./decider.ts";
import type { ThingEvent } from "./events.ts";
import type { ThingState } from "./state.ts";

export const thingKind: ActorKind<ThingCommand, ThingEvent, ThingState> = {
  category: "thing",
  decider: thingDecider,
  schemaVersions: { ThingConnected: 2 },
  snapshotVersion: 2,
  domainOf: (state) => state.status === "absent" ? "" : state.domainId,
};
