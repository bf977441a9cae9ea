import { simulateSessions } from "./sessions.ts";

const SEEDS = 15;

Deno.test("simulation: sessions lose nothing and repeat no QoS 2, wherever connections break or the platform crashes", async () => {
  const first = Math.floor(Math.random() * 1e6);
  for (let seed = first; seed < first + SEEDS; seed++) await simulateSessions(seed);
});
