import assert from "node:assert/strict";
import {
  type DurableSessionKey,
  loadDurableSession,
  type ManualClock,
  type Requests,
  seededRandom,
} from "../../../actors/mod.ts";
import { type Cluster, type ClusterNode, withCluster } from "./cluster.ts";
import { THING_1 } from "./installation.ts";
import { back, connected, Raw } from "./raw_client.ts";
import { LossyRequests } from "./sharing/lossy_requests.ts";
import { quiet } from "./test_client.ts";

const KEY: DurableSessionKey = { thingId: THING_1, clientId: "dev" };
const TAKEN_OVER = "disconnect 8e";

function two(cluster: Cluster): readonly [ClusterNode, ClusterNode] {
  return [cluster.node("a"), cluster.node("b")];
}

/** Client `w` listens to channel A. */
async function witness(node: ClusterNode): Promise<Raw> {
  const client = await connected(node, "w", { expiry: 0 });
  client.send("82 [ 0001 [ ] @A 00 ]");
  await client.hears("suback 1 00");
  return client;
}

/** Connects the client with a will that waits `delaySeconds`. */
async function withWill(node: ClusterNode, delaySeconds: number): Promise<Raw> {
  const client = new Raw(node);
  const delay = delaySeconds.toString(16).padStart(8, "0");
  client.send(
    `10 [ MQTT 05 c6 0000 [ sessionExpiry 00000064 ] 'dev' [ willDelay ${delay} ] @A 'will' as1 ]`,
  );
  await client.hears("connack 00");
  return client;
}

Deno.test("mqtt nodes: [MQTT5-3.1.4-3] a clean session at another node ends the connection that the client has", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    const first = await connected(a, "dev", { expiry: 0 });
    const second = await connected(b, "dev", { expiry: 0 });
    await first.hears(TAKEN_OVER);
    second.send("c0 00");
    await second.hears("pingresp");
    const third = await connected(a, "dev", { expiry: 0 });
    await second.hears(TAKEN_OVER);
    third.send("c0 00");
    await third.hears("pingresp");
  }));

Deno.test("mqtt nodes: [MQTT-3.1.4-2] other clients, and the same client of another thing, keep their connections", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    const first = await connected(a, "dev", { expiry: 0 });
    await connected(b, "other", { expiry: 0 });
    const ofThing2 = new Raw(b);
    ofThing2.send("10 [ MQTT 05 c2 0000 [ ] 'dev' as2 ]");
    await ofThing2.hears("connack 00");
    first.send("c0 00");
    await first.hears("pingresp");
  }));

Deno.test("mqtt nodes: a session that is kept goes on at another node, with what its last connection did until then", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    const first = await connected(a, "dev");
    first.send("82 [ 0001 [ ] @A 01 ]");
    await first.hears("suback 1 01");
    const publisher = await connected(b, "pub", { expiry: 0 });
    publisher.send('32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ]');
    await publisher.hears("puback 1", "puback 2");
    await first.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    first.send("40 [ 0001 ]");
    await quiet();
    const second = back(b, "dev");
    await first.hears(TAKEN_OVER);
    await second.hears("connack 00 present", "publish q1 #2 dup A: 2");
    publisher.send('32 [ @A 0003 [ ] "3" ]');
    await publisher.hears("puback 3");
    await second.hears("publish q1 #3 A: 3");
  }));

Deno.test("mqtt nodes: a clean start at another node ends the session that was kept", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    await (await connected(a, "dev")).leaves();
    await connected(b, "dev", { expiry: 0 });
    assert.equal((await loadDurableSession(cluster.store, KEY)).session, undefined);
  }));

Deno.test("mqtt nodes: [MQTT5-3.1.3-9] a delayed will is not published when the client resumes at another node", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    const heard = await witness(b);
    await (await withWill(a, 10)).leaves();
    await cluster.passes(1_000);
    await back(b, "dev").hears("connack 00 present");
    await cluster.passes(12_000);
    heard.send("c0 00");
    await heard.hears("pingresp");
  }));

Deno.test("mqtt nodes: a delayed will is published at once when the client starts clean at another node", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    const heard = await witness(b);
    await (await withWill(a, 10)).leaves();
    await cluster.passes(1_000);
    await connected(b, "dev");
    await heard.hears("publish q0 A: will");
    await cluster.passes(12_000);
    heard.send("c0 00");
    await heard.hears("pingresp");
  }));

Deno.test("mqtt nodes: a delayed will is published when nobody comes back, and then nobody has the client", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    const heard = await witness(b);
    await (await withWill(a, 10)).leaves();
    await cluster.passes(12_000);
    await heard.hears("publish q0 A: will");
    a.link.isCut = true;
    await back(b, "dev").hears("connack 00 present");
  }));

Deno.test("mqtt nodes: of two that take one client in the same instant one connection stays", () =>
  withCluster(["a", "b"], async (cluster) => {
    for (const expiry of ["00000064", "00000000"]) {
      for (let round = 0; round < 10; round++) {
        const clients = two(cluster).map((node) => {
          const client = new Raw(node);
          client.send(`10 [ MQTT 05 c0 0000 [ sessionExpiry ${expiry} ] 'd${round}' as1 ]`);
          return client;
        });
        await cluster.passes(1_000);
        const heard = await Promise.all(clients.map((client) => client.heard()));
        const staying = heard.filter((lines) =>
          lines[0]?.startsWith("connack 00") && !lines.includes(TAKEN_OVER)
        );
        assert.equal(staying.length, 1, JSON.stringify(heard));
      }
    }
  }));

Deno.test("mqtt nodes: whoever of three takes a client when, over lines that are late, one connection stays", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = seededRandom(seed);
    const through = (requests: Requests, clock: ManualClock) => {
      const late = new LossyRequests(requests, { clock, random });
      late.lostPercent = late.doubledPercent = 0;
      return late;
    };
    await withCluster(["a", "b", "c"], async (cluster) => {
      const clients: Raw[] = [];
      for (const node of [...cluster.nodes, ...cluster.nodes]) {
        clients.push(back(node, "dev"));
        await cluster.passes(random.next() * 150);
      }
      await cluster.passes(3_000);
      const heard = await Promise.all(clients.map((client) => client.heard()));
      const staying = heard.filter((lines) =>
        lines[0]?.startsWith("connack 00") && !lines.includes(TAKEN_OVER)
      );
      assert.equal(staying.length, 1, `seed ${seed}: ${JSON.stringify(heard)}`);
    }, { through });
  }
});

Deno.test("mqtt nodes: while the node that has a client does not answer, the client is told to come back", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    await connected(a, "dev");
    a.link.isCut = true;
    const refused = back(b, "dev");
    await cluster.passes(11_000);
    await refused.hears("connack 88");
    cluster.kill(a);
    await back(b, "dev").hears("connack 00 present");
  }));

Deno.test("mqtt nodes: the connection of a client at a node that is killed is noticed as lost, and others are not", () =>
  withCluster(["a", "b"], async (cluster) => {
    const [a, b] = two(cluster);
    await connected(a, "dev");
    await connected(b, "stays");
    await connected(cluster.start("c"), "elsewhere");
    cluster.kill(a);
    const killedMs = cluster.clock.nowMs();
    await cluster.passes(1_000);
    await cluster.known.follow();
    b.server.sweepExpired();
    await cluster.passes(1_000);
    const { session } = await loadDurableSession(cluster.store, KEY);
    assert.ok((session?.lostAtMs ?? 0) > killedMs);
    for (const clientId of ["stays", "elsewhere"]) {
      const other = await loadDurableSession(cluster.store, { ...KEY, clientId });
      assert.deepEqual([other.session?.connected, other.session?.lostAtMs], [true, undefined]);
    }
    cluster.clock.advance(101_000);
    await cluster.known.follow();
    b.server.sweepExpired();
    await cluster.passes(1_000);
    assert.equal((await loadDurableSession(cluster.store, KEY)).session, undefined);
  }));

Deno.test("mqtt nodes: a session that two nodes find lost is lost once, and who comes back meanwhile keeps it", () =>
  withCluster(["a", "b", "c"], async (cluster) => {
    const [a, b] = two(cluster);
    await connected(a, "dev");
    cluster.kill(a);
    await cluster.known.follow();
    b.server.sweepExpired();
    cluster.node("c").server.sweepExpired();
    await back(b, "dev").hears("connack 00 present");
    await cluster.passes(1_000);
    const { session } = await loadDurableSession(cluster.store, KEY);
    assert.deepEqual([session?.connected, session?.lostAtMs], [true, undefined]);
  }));
