import assert from "node:assert/strict";
import fc from "fast-check";
import { POLICIES } from "../../../actors/entity/mod.ts";
import { isRejection } from "../../../actors/errors.ts";
import { CONNECTION_TYPES, type ThingCommand, thingKind } from "../../../actors/thing/mod.ts";
import { fold, play } from "../../given.ts";
import { ADMIN, FRIEND, OWNER, STRANGER } from "../authorities.ts";

const { decider } = thingKind;
const RUNS = { numRuns: 1_000 };

const by = fc.constantFrom(OWNER, OWNER, ADMIN, FRIEND, STRANGER);
const userId = fc.constantFrom("owner", "friend", "stranger");
const channelId = fc.constantFrom("c1", "c2", "c3");
const key = fc.constantFrom({ sealed: "s1", hash: "h1" }, { sealed: "s2", hash: "h2" });
const fingerprint = fc.constantFrom("a", "b", "c").map((digit) => digit.repeat(64));
const profile = fc.constantFrom({}, { name: "hall" }, { tags: ["a"] }, { metadata: { a: 1 } });

const create = fc.record({
  type: fc.constant("CreateThing" as const),
  by,
  domainId: fc.constant("d1"),
  profile,
  key,
});
/** Those of which a second one in a row has nothing to change. */
const idempotent: fc.Arbitrary<ThingCommand> = fc.oneof(
  fc.record({ type: fc.constant("ChangeThingKey" as const), by, key }),
  fc.record({ type: fc.constant("ChangeThingOwner" as const), by, ownerId: userId }),
  fc.record({ type: fc.constantFrom("EnableThing" as const, "DisableThing" as const), by }),
  fc.record({
    type: fc.constant("ConnectThing" as const),
    by,
    channelId,
    types: fc.array(fc.constantFrom(...CONNECTION_TYPES), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant("DisconnectThing" as const), by, channelId }),
  fc.record({
    type: fc.constant("ShareThing" as const),
    by,
    userId,
    policies: fc.array(fc.constantFrom(...POLICIES), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant("UnshareThing" as const), by, userId }),
  fc.record({
    type: fc.constantFrom("BindCertificate" as const, "UnbindCertificate" as const),
    by,
    fingerprint,
  }),
);
const command: fc.Arbitrary<ThingCommand> = fc.oneof(
  { weight: 1, arbitrary: create },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("UpdateThing" as const), by, profile }) },
  { weight: 10, arbitrary: idempotent },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("RemoveThing" as const), by }) },
);
/** Most histories begin with a creation, so that the rest has something to change. */
const history = fc.tuple(create, fc.array(command, { maxLength: 30, size: "max" }))
  .map(([first, rest]) => [first, ...rest]);

Deno.test("thing: the fold of its events never throws and is the state that it decided by", () => {
  fc.assert(
    fc.property(fc.oneof(history, fc.array(command)), (commands) => {
      const { state, events } = play(decider, commands);
      assert.deepEqual(fold(decider, events), state);
      assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    }),
    RUNS,
  );
});

Deno.test("thing: a command that was just obeyed changes nothing when it is repeated by an admin", () => {
  fc.assert(
    fc.property(history, idempotent, (commands, last) => {
      const { state } = play(decider, commands);
      const decision = decider.decide(last, state);
      if (isRejection(decision)) return;
      const after = decision.reduce(decider.evolve, state);
      assert.deepEqual(decider.decide({ ...last, by: ADMIN }, after), []);
    }),
    RUNS,
  );
});

Deno.test("thing: a refused stranger leaves no trace, whatever the history without shares", () => {
  fc.assert(
    fc.property(fc.array(idempotent), (commands) => {
      const refused = commands.map((each) => ({ ...each, by: STRANGER }));
      const first: ThingCommand = {
        type: "CreateThing",
        by: OWNER,
        domainId: "d1",
        profile: {},
        key: { sealed: "s1", hash: "h1" },
      };
      assert.equal(play(decider, [first, ...refused]).events.length, 1);
    }),
    RUNS,
  );
});
