import assert from "node:assert/strict";
import { decodeMessageBatch, type ManualClock, type Message } from "../../../actors/mod.ts";
import { ALL_ROUTES, type Answer, type House, type HouseOptions, openHouse } from "./house.ts";

/** A house with a thing that is connected to a channel, both of the admin. */
export interface Station extends House {
  readonly thing: { readonly id: string; readonly key: string };
  readonly channelId: string;
  readonly path: string;
  /** Publishes as the thing; a string is sent as it is. */
  publish(payload: BodyInit | object, options?: Publishing): Promise<Answer>;
  /** What the log holds of the channel, in its order. */
  stored(): Promise<readonly Message[]>;
}

export interface Publishing {
  /** Null sends none. */
  readonly type?: string | null;
  readonly subtopic?: string;
  /** Null sends none. */
  readonly authorization?: string | null;
}

export const SENML = "application/senml+json";

export async function openStation(options: HouseOptions = {}): Promise<Station> {
  const house = await openHouse({ groups: ALL_ROUTES, ...options });
  const { body: thing } = await house.ask("POST", "/things", { body: { name: "pump" } });
  const { body: channel } = await house.ask("POST", "/channels", { body: { name: "cellar" } });
  await connect(house, thing.id, channel.id);
  const path = `/channels/${channel.id}/messages`;
  return {
    ...house,
    thing: { id: thing.id, key: thing.key },
    channelId: channel.id,
    path,
    publish: (payload, published = {}) =>
      publishing(house, { path, key: thing.key }, { payload, ...published }),
    stored: () => storedOn(house, channel.id),
  };
}

export async function connect(house: House, thingId: string, channelId: string): Promise<void> {
  const { status } = await house.ask("PUT", `/channels/${channelId}/things/${thingId}`);
  assert.equal(status, 200);
}

async function publishing(
  house: House,
  { path, key }: { readonly path: string; readonly key: string },
  { payload, type = SENML, subtopic, authorization = `Thing ${key}` }: Publishing & {
    readonly payload: BodyInit | object;
  },
): Promise<Answer> {
  const isBody = typeof payload === "string" || payload instanceof Uint8Array ||
    payload instanceof ReadableStream;
  const text = isBody ? payload : JSON.stringify(payload);
  const response = await house.app.request(subtopic === undefined ? path : `${path}/${subtopic}`, {
    method: "POST",
    headers: {
      ...(type === null ? {} : { "content-type": type }),
      ...(authorization === null ? {} : { authorization }),
    },
    // Bytes, because text would bring a content type of its own.
    body: typeof text === "string" ? new TextEncoder().encode(text) : text as BodyInit,
  });
  const answered = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: answered === "" ? "" : JSON.parse(answered),
  };
}

export async function storedOn(house: House, channelId: string): Promise<readonly Message[]> {
  const { events } = await house.ground.events.readAll({
    after: 0,
    limit: 1_000,
    streamPrefixes: [`messages-${channelId}-`],
  });
  return events.flatMap(({ data }) => decodeMessageBatch(data as Uint8Array).messages);
}

/** What comes of `work` that waits for a time which only this moves on. */
export async function whileTimePasses<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const end = () => over.abort();
  work.then(end, end);
  for (let passedMs = 0; !over.signal.aborted; passedMs += 1_000) {
    assert.ok(passedMs < 3_600_000, "an hour passed, and nothing came of it");
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return await work;
}
