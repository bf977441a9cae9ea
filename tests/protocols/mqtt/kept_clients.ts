import assert from "node:assert/strict";
import { type RealLog } from "./real_log.ts";
import { connectPacket, TestClient } from "./test_client.ts";

/** Of CONNECT: the session is kept. */
export const KEPT = { clean: false } as const;

/** Connects to a session that is there. */
export function back(log: RealLog, clientId: string): TestClient {
  const client = new TestClient(log.server);
  client.send(connectPacket(clientId, KEPT));
  return client;
}

/** The messages of QoS 1 that came by now, acknowledged; nothing may have come beside `answers`. */
export async function acknowledged(
  client: TestClient,
  answers: readonly string[] = [],
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const line of await client.heard()) {
    const [, id] = /^publish #(\d+)/.exec(line) ?? [];
    if (id === undefined) {
      assert.ok(answers.includes(line), line);
      continue;
    }
    texts.push(line.split(": ").at(-1)!);
    client.send({ cmd: "puback", messageId: Number(id) });
  }
  return texts;
}

/** What is heard until `count` packets came. */
export async function hears(client: TestClient, count: number): Promise<readonly string[]> {
  const heard: string[] = [];
  for (let i = 0; heard.length < count && i < 500; i++) {
    heard.push(...await client.heard());
    if (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return heard;
}
