import assert from "node:assert/strict";
import fc from "fast-check";
import { type ChannelCommand, channelKind } from "../../../actors/channel/mod.ts";
import { POLICIES } from "../../../actors/entity/mod.ts";
import { isRejection } from "../../../actors/errors.ts";
import { fold, play } from "../../given.ts";
import { ADMIN, FRIEND, OWNER, STRANGER } from "../authorities.ts";

const { decider } = channelKind;
const RUNS = { numRuns: 1_000 };

const by = fc.constantFrom(OWNER, OWNER, ADMIN, FRIEND, STRANGER);
/** Also names that every object inherits: they must not be taken for shares. */
const userId = fc.constantFrom("owner", "friend", "stranger", "constructor", "toString");
const profile = fc.constantFrom({}, { name: "hall" }, { tags: ["a"] }, { metadata: { a: 1 } });

const create = fc.record({
  type: fc.constant("CreateChannel" as const),
  by,
  domainId: fc.constant("d1"),
  profile,
});
/** Those of which a second one in a row has nothing to change. */
const idempotent: fc.Arbitrary<ChannelCommand> = fc.oneof(
  fc.record({ type: fc.constant("ChangeChannelOwner" as const), by, ownerId: userId }),
  fc.record({ type: fc.constantFrom("EnableChannel" as const, "DisableChannel" as const), by }),
  fc.record({
    type: fc.constant("ShareChannel" as const),
    by,
    userId,
    policies: fc.array(fc.constantFrom(...POLICIES), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant("UnshareChannel" as const), by, userId }),
);
const command: fc.Arbitrary<ChannelCommand> = fc.oneof(
  { weight: 1, arbitrary: create },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("UpdateChannel" as const), by, profile }) },
  { weight: 10, arbitrary: idempotent },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("RemoveChannel" as const), by }) },
);
/** Most histories begin with a creation, so that the rest has something to change. */
const history = fc.tuple(create, fc.array(command, { maxLength: 30, size: "max" }))
  .map(([first, rest]) => [first, ...rest]);

Deno.test("channel: the fold of its events never throws and is the state that it decided by", () => {
  fc.assert(
    fc.property(fc.oneof(history, fc.array(command)), (commands) => {
      const { state, events } = play(decider, commands);
      assert.deepEqual(fold(decider, events), state);
      assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    }),
    RUNS,
  );
});

Deno.test("channel: a command that was just obeyed changes nothing when it is repeated by an admin", () => {
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
