import assert from "node:assert/strict";
import {
  decodeMessageBatch,
  isUuid,
  openSqliteEventReader,
  READ_LIMIT_MAX,
  type RecordedEvent,
} from "../../actors/mod.ts";
import { startPlatform } from "../../bench/platform.ts";
import { eventLogPath } from "../../projections/mod.ts";
import { busyDay } from "./busy_day.ts";
import { withFolder } from "./program.ts";

/** A peer on this machine. */
const PEER = /^127\.0\.0\.1:\d{1,5}$/;

/** Every kind of event that a person or a device can bring about by an edge. */
const CAUSED = [
  ..."Created,Updated,Enabled,Disabled,Shared,Unshared,OwnerChanged,Removed"
    .split(",").flatMap((what) => [`Thing${what}`, `Channel${what}`]),
  ..."Created,Updated,EmailChanged,PasswordChanged,RoleChanged,Enabled,Disabled"
    .split(",").map((what) => `User${what}`),
  ..."Connected,Ended,Subscribed,Unsubscribed,Refused".split(",").map((what) => `Session${what}`),
  ..."ThingKeyChanged,ThingConnected,ThingDisconnected,ApiKeyIssued,ApiKeyRevoked".split(","),
  ..."Claimed,ClaimReleased,DomainCreated,MessagesPublished".split(","),
];

async function wholeLog(folder: string): Promise<readonly RecordedEvent[]> {
  const reader = openSqliteEventReader({ path: eventLogPath(folder) });
  const events: RecordedEvent[] = [];
  for (let after = 0, atEnd = false; !atEnd;) {
    const page = await reader.readAll({ after, limit: READ_LIMIT_MAX });
    events.push(...page.events);
    ({ reached: after, atEnd } = page);
  }
  reader.close();
  return events;
}

function assertTold({ type, stream, metadata, data }: RecordedEvent): void {
  const said = `${type} in ${stream}: ${JSON.stringify(metadata)}`;
  const { principal, edge, remoteAddress, causationId, correlationId, domainId } = metadata;
  assert.ok(isUuid(causationId) && isUuid(correlationId) && isUuid(domainId), said);
  assert.ok(Number.isInteger(metadata.schemaVersion) && metadata.schemaVersion >= 1, said);
  assert.ok(metadata.recordedAtMs > Date.UTC(2020, 0, 1), said);
  if (principal.kind === "user" || principal.kind === "thing") {
    assert.ok(isUuid(principal.id), said);
  } else assert.ok(["system", "anonymous"].includes(principal.kind) && principal.id !== "", said);
  if (edge === "system") {
    assert.deepEqual([principal.kind, remoteAddress], ["system", "local"], said);
  } else {
    assert.ok(edge === "http" || edge === "mqtt", said);
    assert.match(remoteAddress, PEER, said);
  }
  if (data instanceof Uint8Array) {
    const { messages } = decodeMessageBatch(data);
    assert.equal(messages.length, metadata.messageCount, said);
    for (const { origin } of messages) {
      assert.ok(isUuid(origin.publisher) && isUuid(origin.correlationId), said);
      assert.ok(origin.protocol === "http" || origin.protocol === "mqtt", said);
      assert.match(origin.remoteAddress, PEER, said);
    }
  } else if (type.startsWith("Session") && edge === "mqtt") {
    assert.deepEqual(principal, { kind: "thing", id: stream.slice("session-".length) }, said);
    assert.equal(correlationId, (data as { sessionId: string }).sessionId, said);
  }
}

Deno.test("metadata: nothing is written without a principal, an edge, an address, a causation and a correlation", async () => {
  await withFolder(async (folder) => {
    const killed = await startPlatform(folder, { onLog: () => {} });
    await busyDay(killed);
    await killed.kill();
    assert.equal(await (await startPlatform(folder)).stop(), 0);
    const events = await wholeLog(folder);
    for (const event of events) assertTold(event);
    const seen = new Set(events.map(({ type }) => type));
    assert.deepEqual(CAUSED.filter((type) => !seen.has(type)), [], "everything was brought about");
    const byThemselves = events.filter(({ metadata }) => metadata.principal.kind === "system");
    const types = new Set(byThemselves.map(({ type }) => type));
    assert.deepEqual(
      [...types].toSorted(),
      ["Claimed", "DomainCreated", "MessagesPublished", "SessionEnded", "UserCreated"],
      "the system acts for itself only at the first start, for batches and for sessions cut off",
    );
  });
});

Deno.test("secrets: no key, password, token or e-mail address stands in clear in the log of events, or in a line", async () => {
  await withFolder(async (folder) => {
    let lines = "";
    const platform = await startPlatform(folder, {
      flags: ["--log-level", "debug", "--log-format", "json"],
      onLog: (text) => lines += text,
    });
    const { secrets } = await busyDay(platform);
    assert.equal(await platform.stop(), 0);
    assert.match(lines, /mqtt connect refused/, "something was logged");
    const events = await wholeLog(folder);
    const texts = [
      lines,
      ...events.map(({ data, ...event }) =>
        JSON.stringify({ ...event, data: data instanceof Uint8Array ? "" : data })
      ),
    ];
    for (const secret of secrets) {
      for (const text of texts) assert.ok(!text.includes(secret), `'${secret}' stands in ${text}`);
    }
    assert.ok(secrets.length > 15);
  });
});
