import assert from "node:assert/strict";
import { sharedSubscriptionStream } from "../../../actors/mod.ts";
import { type Cluster, type ClusterNode, withCluster } from "./cluster.ts";
import { CHANNEL_A, DOMAIN } from "./installation.ts";
import { back, connected, type Raw } from "./raw_client.ts";

const STREAM = sharedSubscriptionStream({
  domainId: DOMAIN,
  share: "g",
  filter: `channels/${CHANNEL_A}/messages`,
  channelId: CHANNEL_A,
});

/** A member of the group at a node; its session is kept unless told otherwise. */
async function member(
  cluster: Cluster,
  node: ClusterNode,
  { id, expiry = 100, properties = "" }: {
    readonly id: string;
    readonly expiry?: number;
    readonly properties?: string;
  },
): Promise<Raw> {
  const client = await connected(node, id, { expiry, properties });
  client.send("82 [ 0001 [ ] @$share/g/A 02 ]");
  await client.hears("suback 1 02");
  await cluster.passes(100);
  return client;
}

async function published(
  cluster: Cluster,
  texts: readonly string[],
  qos: 0 | 1 | 2 = 1,
): Promise<void> {
  const publisher = await connected(cluster.nodes.at(-1)!, `pub-${crypto.randomUUID()}`, {
    expiry: 0,
  });
  for (const [index, text] of texts.entries()) {
    const id = (index + 1).toString(16).padStart(4, "0");
    if (qos === 0) publisher.send(`30 [ @A [ ] "${text}" ]`);
    else publisher.send(`${qos === 1 ? "32" : "34"} [ @A ${id} [ ] "${text}" ]`);
  }
  if (qos > 0) {
    await publisher.hears(
      ...texts.map((_, index) => `${qos === 1 ? "puback" : "pubrec"} ${index + 1}`),
    );
  }
  await cluster.settled();
  await publisher.leaves();
}

async function typesOfGroup({ store }: Cluster): Promise<readonly string[]> {
  return (await store.readStream(STREAM, { limit: 100 })).map(({ type }) => type);
}

Deno.test("mqtt shared nodes: [MQTT5-4.8.2-1] each message goes to one of the members, at whichever node", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const [host, edge] = [cluster.node("host"), cluster.node("edge")];
    const first = await member(cluster, host, { id: "first", expiry: 0 });
    const second = await member(cluster, edge, { id: "second", expiry: 0 });
    await published(cluster, ["1", "2", "3", "4"]);
    await first.hears("publish q1 #1 A: 1", "publish q1 #2 A: 3");
    await second.hears("publish q1 #1 A: 2", "publish q1 #2 A: 4");
    await published(cluster, ["5", "6"], 0);
    await first.hears("publish q0 A: 5");
    await second.hears("publish q0 A: 6");
    await published(cluster, ["7", "8"], 2);
    await first.hears("publish q2 #3 A: 7");
    await second.hears("publish q2 #3 A: 8");
  }));

Deno.test("mqtt shared nodes: who leaves gets nothing more, and the group ends with its last member", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const [host, edge] = [cluster.node("host"), cluster.node("edge")];
    const first = await member(cluster, host, { id: "first", expiry: 0 });
    const second = await member(cluster, edge, { id: "second", expiry: 0 });
    second.send("a2 [ 0002 [ ] @$share/g/A ]");
    await second.hears("unsuback 2 00");
    await cluster.passes(100);
    await published(cluster, ["1", "2"]);
    await first.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    await first.leaves();
    await cluster.passes(100);
    assert.equal((await typesOfGroup(cluster)).at(-1), "SharedSubscriptionEnded");
    second.send("c0 00");
    await second.hears("pingresp");
  }));

Deno.test("mqtt shared nodes: [MQTT5-4.8.2-3] what a member leaves unacknowledged goes to one at another node", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const first = await member(cluster, cluster.node("host"), { id: "first", expiry: 0 });
    await published(cluster, ["1", "2"]);
    await first.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    const second = await member(cluster, cluster.node("edge"), { id: "second", expiry: 0 });
    first.send("40 [ 0001 ]");
    await first.leaves();
    await second.hears("publish q1 #1 A: 2");
  }));

Deno.test("mqtt shared nodes: what came while all members were away goes to the first that returns, at another node too", () =>
  withCluster(["host", "edge"], async (cluster) => {
    await (await member(cluster, cluster.node("host"), { id: "dev" })).leaves();
    await cluster.passes(100);
    await published(cluster, ["1", "2"]);
    const again = back(cluster.node("edge"), "dev");
    await again.hears("connack 00 present", "publish q1 #1 A: 1", "publish q1 #2 A: 2");
    await published(cluster, ["3"]);
    await again.hears("publish q1 #3 A: 3");
  }));

Deno.test("mqtt shared nodes: [MQTT5-4.9.0-2] a member whose window is full is passed over, and what nobody has room for waits", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const narrow = { expiry: 0, properties: "receiveMax 0001" };
    const first = await member(cluster, cluster.node("host"), { id: "first", ...narrow });
    const second = await member(cluster, cluster.node("edge"), { id: "second", ...narrow });
    await published(cluster, ["1", "2", "3", "4"]);
    await first.hears("publish q1 #1 A: 1");
    await second.hears("publish q1 #1 A: 2");
    second.send("40 [ 0001 ]");
    await second.hears("publish q1 #2 A: 3");
    second.send("40 [ 0002 ]");
    await second.hears("publish q1 #3 A: 4");
  }));

Deno.test("mqtt shared nodes: [MQTT5-4.8.2-4] [MQTT5-4.8.2-5] of a node that is killed QoS 1 goes to others, and QoS 2 that was sent does not", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const [host, edge] = [cluster.node("host"), cluster.node("edge")];
    const lost = await member(cluster, edge, { id: "lost", expiry: 0 });
    await published(cluster, ["1", "2"]);
    await lost.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    lost.send("40 [ 0001 ]");
    await published(cluster, ["once"], 2);
    await lost.hears("publish q2 #3 A: once");
    const stays = await member(cluster, host, { id: "stays", expiry: 0 });
    await cluster.passes(100);
    cluster.kill(edge);
    await cluster.passes(8_000);
    await stays.hears("publish q1 #1 A: 2");
  }));

Deno.test("mqtt shared nodes: a partition that is handed over goes on where it was, with what is under way", () =>
  withCluster(["host", "next", "edge"], async (cluster) => {
    const [host, next, edge] = ["host", "next", "edge"].map((name) => cluster.node(name)) as [
      ClusterNode,
      ClusterNode,
      ClusterNode,
    ];
    const client = await member(cluster, edge, {
      id: "dev",
      expiry: 0,
      properties: "receiveMax 0002",
    });
    await published(cluster, ["1", "2", "3", "4"]);
    await client.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    client.send("40 [ 0001 ]");
    await client.hears("publish q1 #3 A: 3");
    await cluster.handOver(host, next);
    await published(cluster, ["5"]);
    await cluster.passes(4_000);
    client.send("40 [ 0002 ]");
    await client.hears("publish q1 #4 A: 4");
    client.send("40 [ 0003 ] 40 [ 0004 ]");
    await client.hears("publish q1 #5 A: 5");
  }));

Deno.test("mqtt shared nodes: when the host is killed the next one repeats nothing that a member has, or has acknowledged", () =>
  withCluster(["host", "next", "edge"], async (cluster) => {
    const [next, edge] = [cluster.node("next"), cluster.node("edge")];
    const first = await member(cluster, next, { id: "first", expiry: 0 });
    const second = await member(cluster, edge, { id: "second", expiry: 0 });
    await published(cluster, ["1", "2", "3", "4"]);
    await first.hears("publish q1 #1 A: 1", "publish q1 #2 A: 3");
    await second.hears("publish q1 #1 A: 2", "publish q1 #2 A: 4");
    first.send("40 [ 0001 ]");
    await cluster.passes(100);
    cluster.kill(cluster.node("host"));
    await published(cluster, ["5", "6"]);
    await cluster.passes(5_000);
    cluster.takeOver(next);
    await cluster.passes(4_000);
    await first.hears("publish q1 #3 A: 5");
    await second.hears("publish q1 #3 A: 6");
    await second.leaves();
    await first.hears("publish q1 #4 A: 2", "publish q1 #5 A: 4", "publish q1 #6 A: 6");
  }));

Deno.test("mqtt shared nodes: when a host is killed with a member, what that had not acknowledged goes to others, and QoS 2 does not", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const [host, edge] = [cluster.node("host"), cluster.node("edge")];
    const lost = await member(cluster, host, { id: "lost", expiry: 0 });
    await published(cluster, ["1"]);
    await published(cluster, ["once"], 2);
    await lost.hears("publish q1 #1 A: 1", "publish q2 #2 A: once");
    const stays = await member(cluster, edge, { id: "stays", expiry: 0 });
    cluster.kill(host);
    await cluster.passes(5_000);
    cluster.takeOver(edge);
    await cluster.passes(4_000);
    await stays.hears("publish q1 #1 A: 1");
  }));

Deno.test("mqtt shared nodes: a node that is cut off for a while loses nothing, though it was taken for gone", () =>
  withCluster(["host", "edge"], async (cluster) => {
    const edge = cluster.node("edge");
    const client = await member(cluster, edge, { id: "dev", expiry: 0 });
    await published(cluster, ["1", "2"]);
    await client.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    edge.link.isCut = true;
    client.send("40 [ 0001 ]");
    await published(cluster, ["3"]);
    await cluster.passes(8_000);
    assert.equal((await typesOfGroup(cluster)).at(-1), "SharedSubscriptionKept");
    edge.link.isCut = false;
    await cluster.passes(3_000);
    await published(cluster, ["4"]);
    await client.hears("publish q1 #3 A: 3", "publish q1 #4 A: 4");
  }));
