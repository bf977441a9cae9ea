import { type JetStreamNode, newId, openJetStream, silentLogger } from "../../../../actors/mod.ts";
import { type NatsServer, startNatsServer } from "../../../support/nats_server/mod.ts";

/** One installation: a server, and nodes that share it. */
export interface Installation {
  readonly server: NatsServer;
  open(options?: NodeOptions): Promise<JetStreamNode>;
  close(): Promise<void>;
}

export interface NodeOptions {
  readonly logEnd?: () => Promise<number>;
  /** Another way to the server. */
  readonly port?: number;
  /** Of the connection string, `?` included. */
  readonly query?: string;
}

/** Runs a test in an installation of its own, and ends all that it opened. */
export async function inInstallation(
  run: (installation: Installation) => Promise<void>,
): Promise<void> {
  const installation = await startInstallation();
  try {
    await run(installation);
  } finally {
    await installation.close();
  }
}

export async function startInstallation(): Promise<Installation> {
  const server = await startNatsServer();
  const nodes: JetStreamNode[] = [];
  return {
    server,
    async open({ logEnd, port = server.port, query = "" } = {}) {
      const node = await openJetStream({
        connectionString: `nats://127.0.0.1:${port}/${query}`,
        logger: silentLogger,
        newId,
        ...(logEnd === undefined ? {} : { logEnd }),
      });
      nodes.push(node);
      return node;
    },
    async close() {
      for (const node of nodes) await node.close();
      await server.stop();
    },
  };
}
