import type { ThingAccess } from "../../../projections/mod.ts";
import { type Attempt, identityOf } from "../assemble_session.ts";
import { SCRAM_SHA_256 } from "../admission/mod.ts";
import type { SessionIdentity } from "../facts.ts";
import { CONNECT_REFUSALS, type ConnectRefusal } from "../translate.ts";

/** Who was named proved nothing. */
const UNPROVEN: ReadonlySet<ConnectRefusal["kind"]> = new Set([
  "badCredentials",
  "wrongProof",
  "authenticationRefused",
]);

/** Counts it for the thing whose key was given, and for one that was named without its key. */
export function countRefusedConnect(attempt: Attempt, { kind, reason }: ConnectRefusal): void {
  const { thing, connect, authentication, pending: { ground } } = attempt;
  if (thing !== undefined) {
    const topic = connect.will?.topic ?? "";
    const reasonCode = CONNECT_REFUSALS[kind][5];
    const refusal = { action: "connect", topic, reason, reasonCode } as const;
    ground.refusedConnects.add(identityOf(attempt, thing), refusal);
  }
  const named = ground.access.thing(authentication?.name ?? connect.username ?? "");
  if (!UNPROVEN.has(kind) || named === undefined || named.id === thing?.id) return;
  ground.refusedConnects.add(strangerAt(attempt, named), {
    action: "connect",
    topic: "",
    reason: strangersReason(attempt, { kind, reason }),
    reasonCode: CONNECT_REFUSALS[kind][5],
  });
}

// The presence read model finds wrong keys by the words "wrong key:".
function strangersReason(
  { connect: { password }, authentication }: Attempt,
  { kind, reason }: ConnectRefusal,
): string {
  if (kind === "wrongProof") {
    return `wrong key: the proof by ${SCRAM_SHA_256} was made with another`;
  }
  if (authentication !== undefined) return `authentication by ${SCRAM_SHA_256}: ${reason}`;
  return password === undefined ? "no key was given" : "wrong key: it is not this thing's";
}

/** Whoever it was, it did not prove to be the thing. */
function strangerAt(attempt: Attempt, thing: ThingAccess): SessionIdentity {
  const { origin, ...identity } = identityOf(attempt, thing);
  return {
    ...identity,
    origin: { ...origin, principal: { kind: "anonymous", id: "anonymous" } },
  };
}
