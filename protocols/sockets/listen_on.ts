import type { AddressInfo, Server } from "node:net";
import { type Endpoint, listenError } from "../listening.ts";

/** Resolves when the server listens. Throws EngineUnreachable or UsageError, naming the flag to change. */
export async function listenOn(
  server: Server,
  endpoint: Endpoint,
): Promise<{ readonly hostname: string; readonly port: number }> {
  const { hostname, port } = endpoint;
  try {
    // node:net tells a name that is unknown, an address that is not of this machine and a port that
    // is not allowed by codes that differ from system to system; Deno tells them apart.
    Deno.listen({ hostname, port }).close();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: hostname, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    throw listenError(cause, endpoint);
  }
  return { hostname, port: (server.address() as AddressInfo).port };
}
