import assert from "node:assert/strict";
import {
  type ActorRuntime,
  channelKind,
  isRejection,
  newId,
  SYSTEM_AUTHORITY,
} from "../../../actors/mod.ts";
import { DOMAIN } from "./installation.ts";

/** Creates a channel as an installation does. */
export async function createChannel(runtime: ActorRuntime, id: string): Promise<void> {
  const outcome = await runtime.execute(channelKind, {
    id,
    command: {
      type: "CreateChannel",
      by: SYSTEM_AUTHORITY,
      domainId: DOMAIN,
      profile: { name: id },
    },
    context: {
      commandId: newId(),
      correlationId: newId(),
      principal: { kind: "system", id: "test" },
      edge: "system",
      remoteAddress: "local",
    },
  });
  assert.ok(!isRejection(outcome), JSON.stringify(outcome));
}
