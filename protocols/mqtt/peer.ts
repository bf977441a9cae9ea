export type { ClientCertificate, Peer, TlsDetails } from "../sockets/mod.ts";
