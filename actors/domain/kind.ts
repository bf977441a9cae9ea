import type { ActorKind } from "../runtime/mod.ts";
import type { DomainCommand } from "./commands.ts";
import { domainDecider } from "./decider.ts";
import type { TenantEvent } from "./events.ts";
import type { DomainState } from "./state.ts";

export const domainKind: ActorKind<DomainCommand, TenantEvent, DomainState> = {
  category: "domain",
  decider: domainDecider,
  schemaVersions: {},
  snapshotVersion: 2,
  domainOf: (state) => state.status === "absent" ? "" : state.domainId,
};
