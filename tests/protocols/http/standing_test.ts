import assert from "node:assert/strict";
import { newId } from "../../../actors/mod.ts";
import { assertProblem, signedUp } from "./house.ts";
import { openStation, type Station } from "./messages.ts";

/** Publishes, and waits until readers see it. */
async function said(station: Station, payload: object | string, subtopic: string): Promise<void> {
  const answer = await station.publish(payload, {
    subtopic,
    ...(typeof payload === "string" ? { type: "application/octet-stream" } : {}),
  });
  await station.ground.readModels.waitFor(Number(answer.headers.get("millrace-position")), {
    projections: ["measurements"],
    timeoutMs: 5_000,
  });
}

Deno.test("last values by http: each series shows its newest value, and pages", async () => {
  const station = await openStation();
  await said(station, [{ bt: 1_700_000_000, n: "t", v: 1 }, { n: "h", vs: "dry" }], "a");
  await said(station, [{ bt: 1_700_000_010, n: "t", v: 2 }], "a");
  await said(station, [{ bt: 1_600_000_000, n: "t", v: 9 }], "b");
  const last = async (query: string) => {
    const answer = await station.ask("GET", `${station.path}/last${query}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const all = await last("");
  assert.deepEqual(
    all.messages.map((row: Record<string, unknown>) => [
      row["subtopic"],
      row["name"],
      row["value"] ?? row["string_value"],
    ]),
    [["a", "h", "dry"], ["a", "t", 2], ["b", "t", 9]],
  );
  assert.equal(all.unreadable, 0);
  assert.deepEqual((await last("?name=t&subtopic=b")).messages.length, 1);
  assert.deepEqual((await last("?limit=1&offset=1")).messages[0].value, 2);
  assertProblem(await station.ask("GET", `${station.path}/last?limit=0`), 400, "limit");
  const stranger = await signedUp(station, "stranger@example.com");
  const refused = await station.ask("GET", `${station.path}/last`, { token: stranger.token });
  assertProblem(refused, 403);
  await station.close();
});

Deno.test("presence by http: says whether a thing is connected, or was, and why it left", async () => {
  const station = await openStation();
  const { id } = station.thing;
  const presence = async (query = "") => {
    const answer = await station.ask("GET", `/things/${id}/presence${query}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  assert.deepEqual(await presence(), { connected: false });
  const sessionId = newId();
  const fact = (type: string, more: object) => ({
    id: newId(),
    type,
    data: { domainId: station.ground.domainId, sessionId, clientId: "pump-1", ...more },
    metadata: {
      schemaVersion: 1,
      domainId: station.ground.domainId,
      principal: { kind: "thing" as const, id },
      edge: "mqtt" as const,
      remoteAddress: "192.0.2.1:1",
      causationId: sessionId,
      correlationId: sessionId,
    },
  });
  const append = async (event: ReturnType<typeof fact>) => {
    const { position } = await station.store.append(`session-${id}`, [event], {
      expectedRevision: "any",
    });
    await station.ground.readModels.waitFor(position, {
      projections: ["presence"],
      timeoutMs: 5_000,
    });
    return position;
  };
  const began = await append(
    fact("SessionConnected", {
      protocol: "mqtt",
      protocolVersion: "5.0",
      keepAliveSeconds: 60,
      cleanSession: true,
    }),
  );
  const here = await presence();
  assert.equal(here.connected, true);
  assert.equal(here.client_id, "pump-1");
  assert.equal(here.protocol, "mqtt");
  const counts = { messagesReceived: 0, messagesSent: 0, messagesDropped: 0 };
  await append(fact("SessionEnded", { reason: "the client disconnected", clean: true, ...counts }));
  const gone = await presence();
  assert.deepEqual([gone.connected, gone.reason], [false, "the client disconnected"]);
  assert.equal((await presence(`?at=${began}`)).connected, true);
  assertProblem(await station.ask("GET", `/things/${newId()}/presence`), 404);
  await station.close();
});
