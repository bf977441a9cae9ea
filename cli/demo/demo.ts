import { progressOf } from "../progress/mod.ts";
import { play } from "./play.ts";
import { type Stage, stage as setUp } from "./setup.ts";
import { howItWas, whatWasMeasured, whetherItHolds, whoChangedWhat } from "./story.ts";
import { RECORDS_PER_OBSERVATION, weatherObservations } from "./weather.ts";

/** What the demonstration needs to know of the platform that it talks to. */
export interface DemoGround {
  readonly http: string;
  readonly mqtt: string;
  readonly email: string;
  readonly password: string;
  /** A progress bar is drawn on a terminal only. */
  readonly isTerminal: boolean;
  readonly say: (text: string) => void;
}

/** Plays the weather, asks what happened, prints both; the platform goes on running. */
export async function playDemo(ground: DemoGround): Promise<void> {
  const { http, say } = ground;
  const observations = await weatherObservations();
  const stage = await setUp(ground);
  say(
    "  Two weather stations play four years of daily observations: Seattle by MQTT, New York by HTTP\n",
  );
  const bar = ground.isTerminal
    ? progressOf(ground, { name: "", total: observations.length, unit: "observations" })
    : undefined;
  const startedMs = performance.now();
  let count = 0;
  let changed: Promise<string> | undefined;
  await play(stage, {
    http,
    mqttUrl: ground.mqtt,
    observations,
    played() {
      count++;
      bar?.at(count);
      if (count === Math.floor(observations.length / 2)) changed = operatorChanges(stage);
    },
  });
  bar?.end();
  const seconds = (performance.now() - startedMs) / 1_000;
  const records = observations.length * RECORDS_PER_OBSERVATION;
  say(
    `  ${observations.length.toLocaleString("en")} messages with ${records.toLocaleString("en")} ` +
      `measurements in ${seconds.toFixed(1)} s, each on disk before its station was told so`,
  );
  const story = { before: await changed!, say };
  await allIsSeen(stage);
  await whatWasMeasured(stage, story);
  await howItWas(stage, story);
  await whoChangedWhat(stage, story);
  await whetherItHolds(stage, story);
  say(`
  The platform goes on running with all of it; Ctrl+C stops it. The reference: ${http}/docs
`);
}

/** Answers the instant before the change, RFC 3339. */
async function operatorChanges({ operator, seattle }: Stage): Promise<string> {
  const before = new Date().toISOString();
  await operator.send("PUT", `/things/${seattle.id}`, {
    name: "Seattle station, moved",
    metadata: { height_m: 21, place: "roof" },
  });
  return before;
}

/** Whatever was written until now is visible to what is asked next. */
async function allIsSeen({ admin, operator, newYork }: Stage): Promise<void> {
  await operator.send("PUT", `/things/${newYork.id}`, {
    name: "New York station",
    metadata: { height_m: 2, inspected: true },
  });
  admin.sees(operator.position());
}
