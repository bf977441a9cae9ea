import assert from "node:assert/strict";
import { isRejection, type Rejection, type RejectionCode } from "../actors/mod.ts";
import type { Decider, DomainEvent } from "../actors/runtime/mod.ts";

/** What a decision must come to: exactly these events, or a refusal with this code (and field). */
export type Outcome<E> =
  | readonly E[]
  | { readonly rejected: RejectionCode; readonly field?: string };

export interface When<C, E> {
  when(command: C): { then(outcome: Outcome<E>): void };
}

/** Tells a decider's past, gives it one command and compares what it decides. */
export function given<C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  events: readonly E[],
): When<C, E> {
  return {
    when: (command) => {
      const decision = decider.decide(command, fold(decider, events));
      return { then: (outcome) => compare(decision, outcome) };
    },
  };
}

/** The state that the events lead to. */
export function fold<C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  events: readonly E[],
): S {
  return events.reduce<S>((state, event) => decider.evolve(state, event), decider.initialState);
}

/** Decides and evolves one command after the other, as an actor does; refusals leave no trace. */
export function play<C, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  commands: readonly C[],
): { readonly state: S; readonly events: readonly E[] } {
  let state = decider.initialState;
  const events: E[] = [];
  for (const command of commands) {
    const decision = decider.decide(command, state);
    if (isRejection(decision)) continue;
    for (const event of decision) state = decider.evolve(state, event);
    events.push(...decision);
  }
  return { state, events };
}

function compare<E>(decision: readonly E[] | Rejection, outcome: Outcome<E>): void {
  if (!("rejected" in outcome)) {
    assert.deepEqual(decision, outcome);
    return;
  }
  assert.ok(isRejection(decision), `events instead of a refusal: ${JSON.stringify(decision)}`);
  assert.equal(decision.code, outcome.rejected);
  if (outcome.field !== undefined) assert.equal(decision.field, outcome.field);
}
