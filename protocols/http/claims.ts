import {
  type ClaimedKind,
  claimId,
  claimKind,
  type CommandContext,
  type Executed,
  isRejection,
  type Rejection,
} from "../../actors/mod.ts";
import type { HttpGround } from "./ground.ts";
import { HttpProblem } from "./problem.ts";
import { followUp } from "./request.ts";

/** A value that at most one actor may hold, and who is to hold it. */
export interface ClaimedValue {
  readonly kind: ClaimedKind;
  readonly hash: string;
  readonly holderId: string;
  readonly domainId: string;
  readonly context: CommandContext;
  /** Whether that actor holds the value now. */
  readonly holds: (holderId: string) => Promise<boolean>;
  /** How an answer names the value, when another one holds it. */
  readonly named: string;
  readonly field: string;
}

/**
 * Claims of this process between the claim and the command that uses it: such a holder does not hold
 * the value yet, and would look like an orphan. Hence process-wide; entries live as long as a request.
 */
const underWay = new Set<string>();

/** Claims the value, does `work`, and gives the value back if the work was refused. */
export async function claiming(
  ground: HttpGround,
  value: ClaimedValue,
  work: () => Promise<Executed | Rejection>,
): Promise<Executed | Rejection> {
  const id = claimId(value.kind, value.hash);
  if (underWay.has(id)) throw inUse(value);
  underWay.add(id);
  try {
    await claim(ground, id, value);
    const result = await work();
    if (isRejection(result) && !await value.holds(value.holderId)) await release(ground, value);
    return result;
  } finally {
    underWay.delete(id);
  }
}

/** Gives a value back that its holder holds no more; nothing happens if it was never claimed. */
export async function release(
  ground: HttpGround,
  value: Pick<ClaimedValue, "kind" | "hash" | "holderId" | "context">,
): Promise<void> {
  const { kind, hash, holderId, context } = value;
  await ground.runtime.execute(claimKind, {
    id: claimId(kind, hash),
    command: { type: "ReleaseClaim", holderId },
    context: followUp(context, "release"),
  });
}

async function claim(ground: HttpGround, id: string, value: ClaimedValue): Promise<void> {
  const { holderId, domainId, context } = value;
  const command = { type: "Claim", domainId, holderId } as const;
  const result = await ground.runtime.execute(claimKind, { id, command, context });
  if (!isRejection(result)) return;
  const state = await ground.runtime.inspect(claimKind, id);
  if (state.status !== "held" || await value.holds(state.holderId)) throw inUse(value);
  const second = await ground.runtime.execute(claimKind, {
    id,
    command: { ...command, orphanOf: state.holderId },
    context,
  });
  if (isRejection(second)) throw inUse(value);
}

function inUse(value: ClaimedValue): HttpProblem {
  return new HttpProblem(
    409,
    `Cannot use ${value.named}: it is in use, another one is needed`,
    value.field,
  );
}
