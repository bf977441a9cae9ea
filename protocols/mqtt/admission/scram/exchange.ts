import { Buffer } from "node:buffer";
import type { ClientFinal, ClientFirst } from "./messages.ts";
import { hmac, isProof, type ScramVerifier } from "./verifier.ts";

/** One that waits for the last message of its client. */
export interface ScramExchange {
  readonly first: ClientFirst;
  /** Of both sides. */
  readonly nonce: string;
  /** What the client is told. */
  readonly serverFirst: string;
}

export function beginScram(
  first: ClientFirst,
  { serverNonce, salt, iterations }: {
    /** Never the same twice, printable ASCII without a comma. */
    readonly serverNonce: string;
    readonly salt: Uint8Array;
    readonly iterations: number;
  },
): ScramExchange {
  const nonce = `${first.nonce}${serverNonce}`;
  const serverFirst = `r=${nonce},s=${Buffer.from(salt).toString("base64")},i=${iterations}`;
  return { first, nonce, serverFirst };
}

/** server-final-message, or undefined if the message does not prove that the client knows the key. */
export function finishScram(
  { first, nonce, serverFirst }: ScramExchange,
  { final, verifier }: { readonly final: ClientFinal; readonly verifier: ScramVerifier },
): string | undefined {
  const message = `${first.bare},${serverFirst},${final.withoutProof}`;
  const proven = isProof(final.proof, { storedKey: verifier.storedKey, message });
  const channelBinding = Buffer.from(first.gs2Header).toString("base64");
  // Both are known to whoever listens: only the proof needs a comparison that tells no time.
  if (final.nonce !== nonce || final.channelBinding !== channelBinding) return undefined;
  if (!proven) return undefined;
  return `v=${Buffer.from(hmac(verifier.serverKey, message)).toString("base64")}`;
}
