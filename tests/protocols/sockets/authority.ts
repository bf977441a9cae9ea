import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";
import { X509Certificate as Parsed } from "node:crypto";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 3_600_000;

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly certificate: X509Certificate;
  readonly cert: string;
  readonly key: string;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
}

export interface Wanted {
  /** `CN=…`, and whatever else a subject holds. */
  readonly subject: string;
  /** DNS names, and addresses where they are numbers; none for a client. */
  readonly names?: readonly string[];
  /** Days from now. */
  readonly validFrom?: number;
  readonly validTo?: number;
}

/** An authority that exists for the time of a test. */
export class Authority {
  readonly identity: Identity;
  readonly #keys: CryptoKeyPair;
  #serial = 1;

  private constructor(identity: Identity, keys: CryptoKeyPair) {
    this.identity = identity;
    this.#keys = keys;
  }

  static async make(name = "test authority"): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    });
    return new Authority(await identityOf(certificate, keys), keys);
  }

  get cert(): string {
    return this.identity.cert;
  }

  async issue({ subject, names, validFrom = -1, validTo = 1 }: Wanted): Promise<Identity> {
    const keys = await newKeys();
    const usage = names === undefined ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
    const extensions: Extension[] = [new ExtendedKeyUsageExtension([usage])];
    if (names !== undefined) {
      extensions.push(
        new SubjectAlternativeNameExtension(names.map((value) => ({
          type: /^[\d.]+$/.test(value) ? "ip" as const : "dns" as const,
          value,
        }))),
      );
    }
    const certificate = await X509CertificateGenerator.create({
      serialNumber: (++this.#serial).toString(16).padStart(2, "0"),
      subject,
      issuer: this.identity.certificate.subject,
      notBefore: new Date(Date.now() + validFrom * DAY_MS),
      notAfter: new Date(Date.now() + validTo * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions,
    });
    return await identityOf(certificate, keys);
  }

  /** PEM of a revocation list. */
  async revoking(...revoked: readonly Identity[]): Promise<string> {
    const crl = await X509CrlGenerator.create({
      issuer: this.identity.certificate.subject,
      thisUpdate: new Date(Date.now() - DAY_MS),
      nextUpdate: new Date(Date.now() + DAY_MS),
      signingAlgorithm: ALGORITHM,
      signingKey: this.#keys.privateKey,
      entries: revoked.map(({ certificate: { serialNumber } }) => ({
        serialNumber,
        revocationDate: new Date(),
      })),
    });
    return crl.toString("pem");
  }
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function identityOf(certificate: X509Certificate, keys: CryptoKeyPair): Promise<Identity> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const cert = certificate.toString("pem");
  return {
    certificate,
    cert,
    key: PemConverter.encode(pkcs8, "PRIVATE KEY"),
    fingerprint: new Parsed(cert).fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** PEM files in a folder that goes afterwards, by the name before `.pem`. */
export async function withPems(
  texts: Readonly<Record<string, string>>,
  run: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => `${folder}/${name}.pem`;
  try {
    for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(path(name), text);
    await run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
