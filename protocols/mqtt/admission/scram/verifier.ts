import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** What a server keeps of a key (RFC 5802, section 3); the key cannot be told from it but by guessing. */
export interface ScramVerifier {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

const SALTED_BITS = 256;

/**
 * The key must be printable ASCII, which SASLprep leaves as it is. The iterations are counted on a
 * thread of the runtime, not on the one that asks.
 */
export async function deriveVerifier(
  key: string,
  { salt, iterations }: { readonly salt: Uint8Array<ArrayBuffer>; readonly iterations: number },
): Promise<ScramVerifier> {
  const password = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(key),
    "PBKDF2",
    false,
    ["deriveBits"],
  );
  const salted = new Uint8Array(
    await crypto.subtle.deriveBits(
      { name: "PBKDF2", hash: "SHA-256", salt, iterations },
      password,
      SALTED_BITS,
    ),
  );
  return {
    storedKey: sha256(hmac(salted, "Client Key")),
    serverKey: hmac(salted, "Server Key"),
  };
}

/** Whether the proof was made with the key; how long it takes says nothing. */
export function isProof(
  proof: Uint8Array,
  { storedKey, message }: { readonly storedKey: Uint8Array; readonly message: string },
): boolean {
  const signature = hmac(storedKey, message);
  const clientKey = signature.map((byte, at) => byte ^ proof[at]!);
  return timingSafeEqual(sha256(clientKey), storedKey);
}

export function hmac(key: Uint8Array, message: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(message).digest());
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}
