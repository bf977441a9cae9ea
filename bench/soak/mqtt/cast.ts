import type { Device } from "../../platform.ts";
import { Arrivals } from "./arrivals.ts";
import type { Mood } from "./durable_client.ts";
import { Ledger } from "./ledger.ts";
import { Publisher } from "./publisher.ts";
import type { Version } from "./raw_client.ts";
import type { Scene } from "./scene.ts";
import { Subscriber } from "./subscriber.ts";

/** Channels by what is said there. */
const LARGE_CHANNEL = 2;
const PASSING_CHANNEL = 3;
export const CHANNELS = 4;
const PUBLISHERS_OF_A_CHANNEL = 6;
const PER_SECOND = 300;
/** One publisher of each QoS says large things, so that who stops reading falls behind in seconds. */
const LARGE = { publishers: 2, perSecond: 40, bytes: 4_096 };
const SUBSCRIBERS_OF_A_CHANNEL = 3;
const MOODS: readonly Mood[] = ["vanishes", "leaves", "is taken over by itself", "stops reading"];
/** Things for `castOf`. */
export const CAST_THINGS = 2 * PUBLISHERS_OF_A_CHANNEL + LARGE.publishers +
  3 * SUBSCRIBERS_OF_A_CHANNEL + 1;

/** Those on whose messages everybody counts. */
export interface Cast {
  readonly publishers: readonly Publisher[];
  /** Each hears everything of its channel, and keeps what it heard in its ledger. */
  readonly subscribers: ReadonlyMap<Subscriber, Ledger>;
  /** Hears what passers-by say, and their wills. */
  readonly listener: Subscriber;
  readonly arrivals: Arrivals;
}

/** Both versions, both QoS and every pair of them; `things` are those of one client each. */
export function castOf(scene: Scene, things: readonly Device[]): Cast {
  const free = things.values();
  const role = (n: number, name: string) => ({
    name,
    thing: free.next().value!,
    version: (n % 4 < 2 ? 5 : 4) satisfies Version as Version,
    qos: (n % 2 === 0 ? 2 : 1) satisfies 1 | 2 as 1 | 2,
  });
  const publishers: Publisher[] = [];
  const subscribers = new Map<Subscriber, Ledger>();
  const qosOf = new Map<string, 1 | 2>();
  scene.channelIds.slice(0, PASSING_CHANNEL).forEach((channelId, channel) => {
    const isLarge = channel === LARGE_CHANNEL;
    const count = isLarge ? LARGE.publishers : PUBLISHERS_OF_A_CHANNEL;
    for (let n = 0; n < count; n++) {
      const named = role(n, `publisher-${channel}-${n}`);
      const perSecond = isLarge ? LARGE.perSecond : PER_SECOND;
      const fillerBytes = isLarge ? LARGE.bytes : 0;
      publishers.push(new Publisher(scene, { ...named, channelId, perSecond, fillerBytes }));
      qosOf.set(named.name, named.qos);
    }
    for (let n = 0; n < SUBSCRIBERS_OF_A_CHANNEL; n++) {
      const ledger = new Ledger();
      const options = { ...role(n, `subscriber-${channel}-${n}`), channelId, moods: MOODS };
      const onMessage = (publisher: string, payload: string) => {
        const number = Number(/^\D*(\d+)/.exec(payload)?.[1] ?? NaN);
        const qos = qosOf.get(publisher);
        if (qos === undefined || Number.isNaN(number)) {
          return scene.surprise(
            `${options.name} hears '${payload.slice(0, 80)}' of '${publisher}'`,
          );
        }
        ledger.heard(publisher, { number, exactlyOnce: options.qos === 2 && qos === 2 });
      };
      subscribers.set(new Subscriber(scene, { ...options, onMessage }), ledger);
    }
  });
  const arrivals = new Arrivals();
  const listener = new Subscriber(scene, {
    ...role(0, "listener"),
    qos: 1,
    channelId: scene.channelIds[PASSING_CHANNEL]!,
    moods: MOODS,
    onMessage: (_subtopic, payload) => arrivals.came(payload),
  });
  return { publishers, subscribers, listener, arrivals };
}

/** Everybody comes; subscribers first, so that they hear all there will be. */
export async function enter({ publishers, subscribers, listener }: Cast): Promise<void> {
  for (const each of [listener, ...subscribers.keys(), ...publishers]) await each.come();
}

/** Until the time is over, everything is acknowledged, and has come or is too late. */
export async function play(
  { publishers, subscribers, listener, arrivals }: Cast,
  { scene, disturbances, arrivedMsMax }: {
    readonly scene: Scene;
    readonly disturbances: readonly Promise<void>[];
    readonly arrivedMsMax: number;
  },
): Promise<void> {
  const said = Promise.all(
    [...publishers.map((each) => each.live(scene.randomOf(each.options.name))), ...disturbances],
  );
  const all = [...subscribers.keys(), listener];
  const heard = all.map((each) => each.live(scene.randomOf(each.options.name)));
  await Promise.all([said, ...heard]);
  const missing = () => arrivals.lost + lostOf({ publishers, subscribers });
  await Promise.all(all.map((each) => each.stayUntil(() => missing() === 0, arrivedMsMax)));
}

/** Messages that were acknowledged and did not come, at all subscribers together. */
export function lostOf(
  { publishers, subscribers }: Pick<Cast, "publishers" | "subscribers">,
): number {
  let lost = 0;
  for (const [subscriber, ledger] of subscribers) {
    for (const { options, published } of publishers) {
      if (options.channelId !== subscriber.options.channelId) continue;
      lost += ledger.lost(options.name, published);
    }
  }
  return lost;
}
