import { EngineUnreachable, UsageError } from "../actors/mod.ts";

/** Where an edge listens, and the flag that chose its port. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly portFlag: string;
}

/** `host:port` as URLs write it: an IPv6 address stands in brackets (RFC 3986, section 3.2.2). */
export function authorityOf(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** What to throw when an edge cannot listen: who must act, and on which flag. */
export function listenError(cause: unknown, endpoint: Endpoint): unknown {
  const { hostname, portFlag } = endpoint;
  const action = `Cannot listen on ${authorityOf(endpoint)}`;
  if (cause instanceof Deno.errors.AddrInUse) {
    return new EngineUnreachable(`${action}: the port is taken, choose another ${portFlag}`, {
      cause,
    });
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return new EngineUnreachable(
      `${action}: this user may not open the port, choose a ${portFlag} above 1023`,
      { cause },
    );
  }
  const unknownName = cause instanceof Error && /failed to lookup address/.test(cause.message);
  if (unknownName || cause instanceof Deno.errors.AddrNotAvailable) {
    return new UsageError(
      `Cannot start with --host '${hostname}': it must be an address of this machine`,
      { cause },
    );
  }
  return cause;
}
