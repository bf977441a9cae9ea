/**
 * A line between a client and a server that a test can cut and hold: TCP passes through until it does
 * not.
 */
export interface CutLine {
  readonly port: number;
  /** Ends all connections, and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  /** What goes to clients stays here until the returned function is called. */
  hold(): () => void;
  close(): Promise<void>;
}

export function cutLineTo(port: number): CutLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let isCut = false;
  let held: PromiseWithResolvers<void> | undefined;
  const drop = (connection: Deno.Conn) => {
    if (!open.delete(connection)) return;
    connection.close();
  };
  const pass = async (
    from: Deno.Conn,
    to: Deno.Conn,
    { toClient }: { readonly toClient: boolean },
  ) => {
    const bytes = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(bytes);
        if (count === null) break;
        if (toClient && held !== undefined) await held.promise;
        let sent = 0;
        while (sent < count) sent += await to.write(bytes.subarray(sent, count));
      }
    } catch (error) {
      // Whichever end broke, the other one goes with it.
      if (!(error instanceof Error)) throw error;
    }
    drop(from);
    drop(to);
  };
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    if (isCut) return drop(client);
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(server);
      await Promise.all([
        pass(client, server, { toClient: false }),
        pass(server, client, { toClient: true }),
      ]);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      drop(client);
    }
  };
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const client of listener) serving.push(serve(client));
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    cut() {
      isCut = true;
      for (const connection of [...open]) drop(connection);
    },
    mend() {
      isCut = false;
    },
    hold() {
      const mine = Promise.withResolvers<void>();
      held = mine;
      return () => {
        held = undefined;
        mine.resolve();
      };
    },
    async close() {
      isCut = true;
      listener.close();
      held?.resolve();
      for (const connection of [...open]) drop(connection);
      await accepting;
      await Promise.all(serving);
    },
  };
}
