/**
 * What carries the protocols of several edges: TLS ports, their certificates, proxies in front of
 * them, and who is at the other end.
 *
 * Main path: `Certificates` reads the files that the flags name, and reads them again when they
 * change; a `TlsFront` accepts connections and hands on each, with its `Peer`, once its handshake is
 * over.
 *
 * Nothing here knows what is spoken on a connection, nor what a thing is.
 */
export { Certificates } from "./certificates.ts";
export type { TlsFiles } from "./material.ts";
export { PROXY_HEADER_BYTES_MAX, PROXY_HEADER_TIMEOUT_MS } from "./limits.ts";
export { NO_PROXIES, type Proxies, proxiesAt } from "./proxies.ts";
export { readProxyHeader } from "./proxy_header.ts";
export type { ClientCertificate, Peer, TlsDetails } from "./peer.ts";
export { type SecurePeer, TlsFront, type TlsFrontOptions } from "./tls_front.ts";
