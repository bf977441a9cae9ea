/** Who is at the other end of a connection, as far as what carries it can tell. */
export interface Peer {
  /** `ip:port`; behind a proxy that is trusted to name it, the device's own. */
  readonly remoteAddress: string;
  readonly transport: "tcp" | "tls" | "websocket" | "websocket over tls";
  /** Absent where the connection is in clear, or its encryption ended before it came here. */
  readonly tls?: TlsDetails;
}

export interface TlsDetails {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** IANA's name of the cipher suite. */
  readonly cipher: string;
  /** The name that the client asked for, if it named one. */
  readonly serverName?: string;
  /** Absent if the client showed none. */
  readonly certificate?: ClientCertificate;
}

/** A certificate whose private key the client was seen to hold. */
export interface ClientCertificate {
  /** All parts of the subject, such as `CN=boiler,O=Example`. */
  readonly subject: string;
  readonly commonName: string;
  /** SHA-256 over the certificate, 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  readonly serialNumber: string;
  /** Why it proves nothing: not issued by a trusted authority, expired, revoked. */
  readonly refused?: string;
}
