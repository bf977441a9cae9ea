import type { PeerCertificate, TLSSocket } from "node:tls";
import type { Certificates } from "./certificates.ts";
import type { ClientCertificate, TlsDetails } from "./peer.ts";

/** What a connection's handshake came to. */
export function tlsDetails(
  socket: TLSSocket,
  certificates: Pick<Certificates, "isRevoked" | "asksClients">,
): TlsDetails {
  const { servername } = socket as TLSSocket & { readonly servername?: string | false | null };
  const certificate = certificates.asksClients ? certificateOf(socket, certificates) : undefined;
  return {
    protocol: socket.getProtocol() ?? "",
    cipher: socket.getCipher().standardName,
    ...(servername ? { serverName: servername } : {}),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function certificateOf(
  socket: TLSSocket,
  certificates: Pick<Certificates, "isRevoked">,
): ClientCertificate | undefined {
  const shown = socket.getPeerCertificate();
  // Without one the object is empty, whatever its type says.
  if (shown.raw === undefined) return undefined;
  const refused = refusalOf(socket, { shown, certificates });
  const commonName = shown.subject.CN as string | string[] | undefined;
  return {
    subject: subjectText(shown.subject),
    // Of several names none is the name.
    commonName: typeof commonName === "string" ? commonName : "",
    fingerprint: shown.fingerprint256.replaceAll(":", "").toLowerCase(),
    serialNumber: shown.serialNumber.toLowerCase(),
    ...(refused === undefined ? {} : { refused }),
  };
}

function refusalOf(socket: TLSSocket, { shown, certificates }: {
  readonly shown: PeerCertificate;
  readonly certificates: Pick<Certificates, "isRevoked">;
}): string | undefined {
  if (!socket.authorized) {
    return `is not accepted: ${plainWords(String(socket.authorizationError))}`;
  }
  return certificates.isRevoked(shown) ? "was revoked" : undefined;
}

/** The codes that an operator sees most; any other stays as it is. */
function plainWords(code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "it has expired";
    case "CERT_NOT_YET_VALID":
      return "it is not valid yet";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "no trusted authority issued it";
    default:
      return code;
  }
}

function subjectText(subject: PeerCertificate["subject"]): string {
  return Object.entries(subject)
    .flatMap(([name, value]) => [value].flat().map((each) => `${name}=${each}`))
    .join(",");
}
