import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { InvariantViolation } from "../errors.ts";

/** AES-256-GCM (NIST SP 800-38D): nonce and tag of the recommended lengths, in bytes. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Nonce, ciphertext and tag in one buffer. */
export function encrypt(key: Uint8Array, clear: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

export function decrypt(key: Uint8Array, sealed: Uint8Array): Buffer {
  try {
    const tagAt = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(sealed.subarray(tagAt));
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, tagAt)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new InvariantViolation(
      "Cannot open a sealed secret: it was altered or sealed under another installation's key",
      { cause },
    );
  }
}
