import assert from "node:assert/strict";
import type { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { bytesOf } from "./cases/notation.ts";
import { tell } from "./cases/told.ts";
import { quiet, TestClient } from "./test_client.ts";

/** Looks at what came so often, with a turn of the event loop and more between. */
const LOOKS_MAX = 500;

/** Whatever has a server to connect to. */
export interface Served {
  readonly server: MqttServer;
}

/** A client of MQTT 5.0 that speaks in the notation of the cases. */
export class Raw {
  readonly #client: TestClient;
  #heard: string[] = [];

  constructor(log: Served) {
    this.#client = new TestClient(log.server);
  }

  send(notation: string): void {
    this.#client.send(bytesOf(notation));
  }

  /** The next packets, each as a line; more must not have come. */
  async hears(...expected: string[]): Promise<void> {
    for (let i = 0; this.#heard.length < expected.length && i < LOOKS_MAX; i++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      this.#heard.push(...tell(this.#client.stream.written(), 5).map(({ line }) => line));
    }
    assert.deepEqual(this.#heard.splice(0), expected);
  }

  /** Everything that came and was not looked at yet. */
  async heard(): Promise<readonly string[]> {
    await quiet();
    this.#heard.push(...tell(this.#client.stream.written(), 5).map(({ line }) => line));
    return this.#heard.splice(0);
  }

  async leaves(): Promise<void> {
    this.#client.stream.end();
    await quiet();
  }
}

/** Connects client `id` of thing 1 to a session that is kept for 100 s, or another time. */
export async function connected(
  log: Served,
  id: string,
  { flags = "c2", properties = "", answer = "connack 00", expiry = 100 } = {},
): Promise<Raw> {
  const client = new Raw(log);
  const seconds = expiry.toString(16).padStart(8, "0");
  client.send(
    `10 [ MQTT 05 ${flags} 0000 [ sessionExpiry ${seconds} ${properties} ] '${id}' as1 ]`,
  );
  await client.hears(answer);
  return client;
}

/** A client that comes back; what it hears behind the CONNACK is left to the test. */
export function back(log: Served, id: string, properties = ""): Raw {
  const client = new Raw(log);
  client.send(`10 [ MQTT 05 c0 0000 [ sessionExpiry 00000064 ${properties} ] '${id}' as1 ]`);
  return client;
}
