import type { ActorKind } from "../runtime/mod.ts";
import type { UserCommand } from "./commands.ts";
import { userDecider } from "./decider.ts";
import type { UserEvent } from "./events.ts";
import type { UserState } from "./state.ts";

export const userKind: ActorKind<UserCommand, UserEvent, UserState> = {
  category: "user",
  decider: userDecider,
  schemaVersions: {},
  snapshotVersion: 1,
  domainOf: (state) => state.status === "absent" ? "" : state.domainId,
};
