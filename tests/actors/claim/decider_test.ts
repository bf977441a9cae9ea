import assert from "node:assert/strict";
import {
  type ClaimCommand,
  type ClaimEvent,
  claimId,
  claimKind,
} from "../../../actors/claim/mod.ts";
import { InvariantViolation } from "../../../actors/errors.ts";
import { fold, given } from "../../given.ts";

const { decider } = claimKind;

function claim(holderId: string, orphanOf?: string): ClaimCommand {
  const command = { type: "Claim", domainId: "d1", holderId } as const;
  return orphanOf === undefined ? command : { ...command, orphanOf };
}

function claimed(holderId: string): ClaimEvent {
  return { type: "Claimed", data: { domainId: "d1", holderId } };
}

function released(holderId: string): ClaimEvent {
  return { type: "ClaimReleased", data: { holderId } };
}

Deno.test("claim: is given to the first who asks, and again to the same without events", () => {
  given(decider, []).when(claim("a")).then([claimed("a")]);
  given(decider, [claimed("a")]).when(claim("a")).then([]);
});

Deno.test("claim: is refused to another while it is held", () => {
  given(decider, [claimed("a")]).when(claim("b")).then({ rejected: "conflict" });
});

Deno.test("claim: does not say in its refusal who holds it", () => {
  const decision = decider.decide(claim("b"), fold(decider, [claimed("holder-7")]));
  assert.ok(!JSON.stringify(decision).includes("holder-7"));
});

Deno.test("claim: is free again once its holder released it", () => {
  const release: ClaimCommand = { type: "ReleaseClaim", holderId: "a" };
  given(decider, [claimed("a")]).when(release).then([released("a")]);
  given(decider, [claimed("a"), released("a")]).when(claim("b")).then([claimed("b")]);
});

Deno.test("claim: a release by anybody but the holder changes nothing", () => {
  const release: ClaimCommand = { type: "ReleaseClaim", holderId: "b" };
  given(decider, []).when(release).then([]);
  given(decider, [claimed("a")]).when(release).then([]);
  given(decider, [claimed("b"), released("b")]).when(release).then([]);
});

Deno.test("claim: an orphan is taken over from exactly the holder that was named", () => {
  given(decider, [claimed("a")]).when(claim("b", "a")).then([released("a"), claimed("b")]);
  given(decider, [claimed("c")]).when(claim("b", "a")).then({ rejected: "conflict" });
  given(decider, []).when(claim("b", "a")).then([claimed("b")]);
});

Deno.test("claim: of two who take over the same orphan only the first gets it", () => {
  given(decider, [claimed("a"), released("a"), claimed("b")]).when(claim("c", "a"))
    .then({ rejected: "conflict" });
});

Deno.test("claim: its events belong to the domain of the holder, also after the release", () => {
  assert.equal(claimKind.domainOf(decider.initialState), "");
  assert.equal(claimKind.domainOf(fold(decider, [claimed("a")])), "d1");
  assert.equal(claimKind.domainOf(fold(decider, [claimed("a"), released("a")])), "d1");
});

Deno.test("claim: its fold refuses a second holder and a release of what is free", () => {
  assert.throws(() => fold(decider, [claimed("a"), claimed("b")]), InvariantViolation);
  assert.throws(() => fold(decider, [released("a")]), InvariantViolation);
});

Deno.test("claim: names its actor by kind and hash", () => {
  assert.equal(claimId("email", "q-_1"), "email-q-_1");
});
