/**
 * A server that speaks EventStoreDB's gRPC protocol, in memory, for tests of its client and adapter.
 *
 * Main path: `startEsdbServer` binds a port; `appending.ts` and `reading.ts` translate the calls of
 * the official client; `memory_log.ts` holds the rules of storage; `faults.ts` what may go wrong.
 *
 * It is not EventStoreDB: no disk, no cluster, no users, no TLS, no links, no projections, no
 * scavenge. It proves what the adapter does with answers and faults, never what the server does.
 */
import gossip from "@eventstore/db-client/generated/gossip_pb.js";
import gossipCalls from "@eventstore/db-client/generated/gossip_grpc_pb.js";
import features from "@eventstore/db-client/generated/serverfeatures_pb.js";
import featureCalls from "@eventstore/db-client/generated/serverfeatures_grpc_pb.js";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import streamCalls from "@eventstore/db-client/generated/streams_grpc_pb.js";
import { type sendUnaryData, Server, ServerCredentials } from "@grpc/grpc-js";
import { append, batchAppend, type Ground, softDelete, tombstone } from "./appending.ts";
import { type Faults, noFaults, pause } from "./faults.ts";
import { MemoryLog } from "./memory_log.ts";
import { read } from "./reading.ts";
import { Relay } from "./relay.ts";

export type { Faults } from "./faults.ts";
export { MemoryLog, type StoredEvent } from "./memory_log.ts";

const STREAM_METHODS = ["read", "append", "delete", "tombstone", "batchAppend"];
/** `MemberInfo.VNodeState` of the node that leads. */
const LEADER = 8;

export interface EsdbServer {
  readonly log: MemoryLog;
  readonly faults: Faults;
  /** How many events its reads have answered. */
  readonly sent: { readonly events: number };
  readonly port: number;
  /** As the adapter wants it. */
  readonly connectionString: string;
  /** Breaks every connection, stays away for so long, and comes back with what it kept. */
  restart(options?: { readonly downMs?: number }): Promise<void>;
  close(): Promise<void>;
}

export async function startEsdbServer(
  options: { readonly nowMs?: () => number; readonly log?: MemoryLog } = {},
): Promise<EsdbServer> {
  const log = options.log ?? new MemoryLog(options.nowMs ?? (() => Date.now()));
  const faults = noFaults();
  const sent = { events: 0 };
  const ground: Ground = { log, faults, sent, port: () => relay.port };
  const server = serving(ground);
  const relay = new Relay(await bound(server));
  return {
    log,
    faults,
    sent,
    port: relay.port,
    connectionString: `esdb://127.0.0.1:${relay.port}?tls=false`,
    async restart({ downMs = 0 } = {}) {
      await relay.stop();
      await pause(downMs);
      relay.start();
    },
    async close() {
      await relay.stop();
      server.tryShutdown(() => {});
    },
  };
}

function serving(ground: Ground): Server {
  const server = new Server({ "grpc.max_receive_message_length": 17 * 1024 * 1024 });
  server.addService(streamCalls.StreamsService, {
    read: read.bind(null, ground),
    append: append.bind(null, ground),
    batchAppend: batchAppend.bind(null, ground),
    delete: softDelete.bind(null, ground),
    tombstone: tombstone.bind(null, ground),
  });
  server.addService(featureCalls.ServerFeaturesService, {
    getSupportedMethods: (
      _call: unknown,
      answer: sendUnaryData<features.SupportedMethods>,
    ) => answer(null, supportedMethods()),
  });
  server.addService(gossipCalls.GossipService, {
    read: (_call: unknown, answer: sendUnaryData<gossip.ClusterInfo>) =>
      answer(null, clusterOf(ground.port())),
  });
  return server;
}

function bound(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, at) => error === null ? resolve(at) : reject(error),
    )
  );
}

function supportedMethods(): features.SupportedMethods {
  return new features.SupportedMethods().setEventStoreServerVersion("23.10.0").setMethodsList(
    STREAM_METHODS.map((method) =>
      new features.SupportedMethod().setServiceName("event_store.client.streams.streams")
        .setMethodName(method.toLowerCase()).setFeaturesList([])
    ),
  );
}

/** A cluster of one, which leads itself. */
function clusterOf(port: number): gossip.ClusterInfo {
  return new gossip.ClusterInfo().setMembersList([
    new gossip.MemberInfo().setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
      .setTimeStamp("0").setState(LEADER).setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress("127.0.0.1").setPort(port)),
  ]);
}
