import { durableCrashRounds } from "./durable_crash_rounds.ts";

Deno.test("mqtt sessions: killed again and again amid QoS 1 and 2, nothing is lost, and QoS 2 comes once", async () => {
  await durableCrashRounds({
    kills: 8,
    sessions: 20,
    messagesEach: 1_500,
    seed: Math.floor(Math.random() * 1e6),
  });
});
