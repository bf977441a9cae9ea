import type { ThingAccess } from "../../../projections/mod.ts";
import { type Attempt, identityOf } from "../assemble_session.ts";
import { ReasonCode } from "../codec/mod.ts";
import type { SessionIdentity } from "../facts.ts";
import { CONNECT_REFUSALS, type ConnectRefusal } from "../translate.ts";

/** Counts it for the thing whose key was given, and for one that was named without its key. */
export function countRefusedConnect(attempt: Attempt, { kind, reason }: ConnectRefusal): void {
  const { thing, connect, pending: { ground } } = attempt;
  if (thing !== undefined) {
    const topic = connect.will?.topic ?? "";
    const reasonCode = CONNECT_REFUSALS[kind][5];
    const refusal = { action: "connect", topic, reason, reasonCode } as const;
    ground.refusedConnects.add(identityOf(attempt, thing), refusal);
  }
  const { username = "", password } = connect;
  const named = ground.access.thing(username);
  if (kind !== "badCredentials" || named === undefined || named.id === thing?.id) return;
  ground.refusedConnects.add(strangerAt(attempt, named), {
    action: "connect",
    topic: "",
    reason: password === undefined ? "no key was given" : "wrong key: it is not this thing's",
    reasonCode: ReasonCode.badUserNameOrPassword,
  });
}

/** Whoever it was, it did not prove to be the thing. */
function strangerAt(attempt: Attempt, thing: ThingAccess): SessionIdentity {
  const { origin, ...identity } = identityOf(attempt, thing);
  return {
    ...identity,
    origin: { ...origin, principal: { kind: "anonymous", id: "anonymous" } },
  };
}
