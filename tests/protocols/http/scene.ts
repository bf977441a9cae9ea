import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { IConnectPacket } from "mqtt-packet";
import { connectPacket, TestClient } from "../mqtt/test_client.ts";
import { ALL_ROUTES, type House, openHouse } from "./house.ts";

export const KEY = "key-of-the-thing";

/** A house with one thing that is connected to one channel. */
export interface Scene {
  readonly house: House;
  readonly thingId: string;
  readonly channelId: string;
  readonly topic: string;
  /** A device of the thing, whose CONNECT was sent. */
  device(
    clientId: string,
    options?: Partial<IConnectPacket> & { readonly key?: string },
  ): Promise<TestClient>;
  /** The black box after everything so far was reported. */
  // deno-lint-ignore no-explicit-any -- tests look into answers of every shape
  box(path?: string): Promise<any>;
}

export async function inScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const house = await openHouse({ groups: ALL_ROUTES });
  try {
    const { body: thing } = await house.ask("POST", "/things", { body: { key: KEY } });
    const { body: channel } = await house.ask("POST", "/channels", { body: {} });
    const pair = { thing_ids: [thing.id], channel_ids: [channel.id] };
    await house.ask("POST", "/connect", { body: pair });
    await test({
      house,
      thingId: thing.id,
      channelId: channel.id,
      topic: `channels/${channel.id}/messages`,
      async device(clientId, { key = KEY, ...options } = {}) {
        const client = new TestClient(house.mqtt, { remoteAddress: "192.0.2.7:4711" });
        const password = Buffer.from(key);
        await client.exchange(
          connectPacket(clientId, { username: thing.id, password, ...options }),
        );
        return client;
      },
      async box(path = "") {
        await house.reported();
        const { status, body } = await house.ask("GET", `/things/${thing.id}/sessions${path}`);
        assert.equal(status, 200, JSON.stringify(body));
        return body;
      },
    });
  } finally {
    await house.close();
  }
}
