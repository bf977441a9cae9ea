import assert from "node:assert/strict";
import { type Defect, OwnersWorld } from "./owners_world.ts";

const NODES_MAX = 5;
const ROUNDS = 3;
/** Longer than a takeover, a settling and a handover of half the partitions take. */
const QUIET_MS = 25_000;
const STILL_MS = 4_000;

/** Nodes come, go, stand still and lose their network at the will of `seed`. Throws with the seed. */
export async function simulateOwners(seed: number, defect?: Defect): Promise<OwnersWorld> {
  const world = new OwnersWorld(seed, defect);
  const { random } = world;
  const below = (count: number) => Math.floor(random.next() * count);
  try {
    for (let n = 1 + below(NODES_MAX); n > 0; n--) {
      world.add();
      await world.run(below(1_500));
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (let n = 1 + below(4); n > 0; n--) {
        disturb(world);
        await world.run(below(6_000));
      }
      await settled(world);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new assert.AssertionError({
      message: `seed ${seed} (run it alone with MILLRACE_SEED=${seed}): ${why}`,
    });
  }
  return world;
}

/** All is well with the network and the machines: the nodes come to rest, evenly loaded. */
async function settled(world: OwnersWorld): Promise<void> {
  for (const { link, clock } of world.live) {
    link.cut = false;
    link.calm = true;
    clock.thaw();
  }
  world.disturbed();
  await world.run(QUIET_MS);
  world.checkBalance();
  const { changes } = world;
  await world.run(STILL_MS);
  assert.equal(world.changes, changes, "partitions move about although all is quiet");
  for (const { link } of world.live) link.calm = false;
}

function disturb(world: OwnersWorld): void {
  const { random, clock } = world;
  const live = world.live.filter(({ stopping }) => !stopping);
  const node = live[Math.floor(random.next() * live.length)]!;
  const lastsMs = 300 + random.next() * 12_000;
  const another = () => {
    if (live.length < NODES_MAX) world.add();
  };
  const kinds = [
    another,
    () => {
      if (live.length === 1) world.add();
      node.clock.kill();
    },
    () => {
      if (live.length === 1) world.add();
      void node.stop();
    },
    () => {
      node.link.cut = true;
      clock.schedule(lastsMs, () => node.link.cut = false);
    },
    () => {
      node.outOfTime = true;
      node.clock.freeze();
      clock.schedule(lastsMs, () => node.clock.thaw());
    },
  ];
  kinds[Math.floor(random.next() * kinds.length)]!();
  world.disturbed();
}
