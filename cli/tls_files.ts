import { UsageError } from "../actors/mod.ts";
import type { TlsFiles } from "../protocols/mod.ts";

/** What the flags of TLS come to together; undefined if there is none. Throws UsageError. */
export function tlsFiles({ certs, keys, clientCa, crl }: {
  readonly certs: readonly string[];
  readonly keys: readonly string[];
  /** Empty if not given. */
  readonly clientCa: string;
  readonly crl: string;
}): TlsFiles | undefined {
  if (certs.length !== keys.length) {
    throw new UsageError(
      `Cannot start with ${certs.length} of --tls-cert and ${keys.length} of --tls-key: each certificate needs its key, in the same order`,
    );
  }
  if (clientCa !== "" && certs.length === 0) {
    throw new UsageError("Cannot start with --tls-client-ca: it needs --tls-cert and --tls-key");
  }
  if (crl !== "" && clientCa === "") {
    throw new UsageError("Cannot start with --tls-crl: it needs --tls-client-ca");
  }
  if (certs.length === 0) return undefined;
  return {
    certs,
    keys,
    ...(clientCa === "" ? {} : { clientCa }),
    ...(crl === "" ? {} : { crl }),
  };
}
