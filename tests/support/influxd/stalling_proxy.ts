/** A way to an engine that may stand still: connections stay open, and nothing passes. */
export interface StallingProxy {
  readonly port: number;
  stall(): void;
  flow(): void;
  close(): void;
}

export function startStallingProxy(targetPort: number): StallingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  let flowing = Promise.resolve();
  let go = () => {};
  const pipe = async (from: Deno.Conn, to: Deno.Conn) => {
    try {
      for await (const chunk of from.readable) {
        await flowing;
        for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
      }
      await to.closeWrite();
    } catch {
      // One side broke off, as a network does: so does the other.
      for (const end of [from, to]) if (connections.delete(end)) closed(end);
    }
  };
  void (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: targetPort })
        .catch(() => undefined);
      if (server === undefined) {
        client.close();
        continue;
      }
      connections.add(client).add(server);
      void pipe(client, server);
      void pipe(server, client);
    }
  })();
  return {
    port: listener.addr.port,
    stall() {
      const held = Promise.withResolvers<void>();
      flowing = held.promise;
      go = held.resolve;
    },
    flow: () => go(),
    close() {
      go();
      listener.close();
      for (const connection of connections) closed(connection);
    },
  };
}

function closed(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
