import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** The client's side of SCRAM-SHA-256, written from RFC 5802 and none of it from the server. */
export class ScramClient {
  readonly #key: string;
  readonly bare: string;
  readonly gs2Header: string;
  #serverSignature: Uint8Array = new Uint8Array(0);

  constructor(
    name: string,
    key: string,
    { nonce = "rOprNGfwEbeRWgbNEkqO", gs2Header = "n,," } = {},
  ) {
    this.#key = key;
    this.gs2Header = gs2Header;
    this.bare = `n=${name},r=${nonce}`;
  }

  get first(): string {
    return `${this.gs2Header}${this.bare}`;
  }

  /** Its last message; `change` makes it another one, before or after it is proven. */
  final(
    serverFirst: string,
    change: { binding?: string; nonce?: string; extension?: string } = {},
  ): string {
    const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
    assert.ok(nonce !== undefined, `no server-first-message: ${serverFirst}`);
    const salted = pbkdf2Sync(
      this.#key,
      Buffer.from(salt!, "base64"),
      Number(iterations),
      32,
      "sha256",
    );
    const clientKey = hmac(salted, "Client Key");
    const storedKey = createHash("sha256").update(clientKey).digest();
    const binding = Buffer.from(change.binding ?? this.gs2Header).toString("base64");
    const withoutProof = `c=${binding},r=${change.nonce ?? nonce}${change.extension ?? ""}`;
    const message = `${this.bare},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, message);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    this.#serverSignature = hmac(hmac(salted, "Server Key"), message);
    return `${withoutProof},p=${proof.toString("base64")}`;
  }

  /** What only a server that knows the key can say. */
  get expected(): string {
    return `v=${Buffer.from(this.#serverSignature).toString("base64")}`;
  }
}
