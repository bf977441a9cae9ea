import { domainKind, newId, SYSTEM_AUTHORITY } from "../../../actors/mod.ts";
import { DOMAIN_ID, type House } from "./house.ts";

/** The domain of the house as an actor, as the composition root makes it at the first start. */
export async function createDomain({ ground }: Pick<House, "ground">): Promise<void> {
  await ground.runtime.execute(domainKind, {
    id: DOMAIN_ID,
    command: {
      type: "CreateDomain",
      by: SYSTEM_AUTHORITY,
      domainId: DOMAIN_ID,
      profile: { name: "default" },
    },
    context: {
      commandId: newId(),
      correlationId: newId(),
      principal: { kind: "system", id: "setup" },
      edge: "system",
      remoteAddress: "local",
    },
  });
}
