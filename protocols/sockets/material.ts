import { createPrivateKey, X509Certificate } from "node:crypto";
import { UsageError } from "../../actors/mod.ts";
import type { Revocations } from "./revocations.ts";

/** Paths of PEM files, as the flags name them. */
export interface TlsFiles {
  /** Each with its intermediates behind it; the first is shown where no other fits. */
  readonly certs: readonly string[];
  /** The private key of each certificate, in the same order. */
  readonly keys: readonly string[];
  /** Who may issue certificates of clients. */
  readonly clientCa?: string;
  /** Revocation lists of those issuers. */
  readonly crl?: string;
}

export interface Texts {
  readonly certs: readonly string[];
  readonly keys: readonly string[];
  readonly clientCa: string | undefined;
  readonly crl: string | undefined;
}

/** What the files hold, once it is known to fit together. */
export interface Material {
  readonly pairs: readonly {
    readonly cert: string;
    readonly key: string;
    /** DNS names in lower case; `*.example.com` stands for one label. */
    readonly names: readonly string[];
  }[];
  readonly clientCa: string | undefined;
  readonly revocations: Revocations | undefined;
}

export async function readTexts({ certs, keys, clientCa, crl }: TlsFiles): Promise<Texts> {
  const all = (flag: string, paths: readonly string[]) =>
    Promise.all(paths.map((path) => readText(flag, path)));
  return {
    certs: await all("--tls-cert", certs),
    keys: await all("--tls-key", keys),
    clientCa: clientCa === undefined ? undefined : await readText("--tls-client-ca", clientCa),
    crl: crl === undefined ? undefined : await readText("--tls-crl", crl),
  };
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw unusable({ flag, path, right: "a file that can be read", cause });
  }
}

export async function readMaterial(files: TlsFiles, texts: Texts): Promise<Material> {
  const pairs = texts.certs.map((cert, index) => {
    const key = texts.keys[index]!;
    const leaf = firstCertificate(cert, { flag: "--tls-cert", path: files.certs[index]! });
    checkKey({ leaf, key, path: files.keys[index]!, certPath: files.certs[index]! });
    return { cert, key, names: namesOf(leaf) };
  });
  const { clientCa, crl } = texts;
  if (clientCa !== undefined) {
    firstCertificate(clientCa, { flag: "--tls-client-ca", path: files.clientCa! });
  }
  const revocations = crl === undefined ? undefined : await readCrl(files.crl!, {
    crl,
    clientCa: clientCa!,
  });
  return { pairs, clientCa, revocations };
}

function firstCertificate(
  text: string,
  { flag, path }: { readonly flag: string; readonly path: string },
): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw unusable({ flag, path, right: "a PEM file of a certificate", cause });
  }
}

// The TLS library takes a foreign key without a word, and then fails every handshake.
function checkKey({ leaf, key, path, certPath }: {
  readonly leaf: X509Certificate;
  readonly key: string;
  readonly path: string;
  readonly certPath: string;
}): void {
  const right = `a PEM file of the private key of '${certPath}', without a password`;
  let fits = false;
  try {
    fits = leaf.checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw unusable({ flag: "--tls-key", path, right, cause });
  }
  if (!fits) throw unusable({ flag: "--tls-key", path, right });
}

function namesOf({ subjectAltName, subject }: X509Certificate): readonly string[] {
  const named = (subjectAltName ?? "").split(", ").filter((each) => each.startsWith("DNS:"));
  if (named.length > 0) return named.map((each) => each.slice("DNS:".length).toLowerCase());
  const commonName = /^CN=(.+)$/m.exec(subject ?? "")?.[1];
  return commonName === undefined ? [] : [commonName.toLowerCase()];
}

/** Loaded only when asked for: reading lists takes a library that nothing else here needs. */
async function readCrl(
  path: string,
  pem: { readonly crl: string; readonly clientCa: string },
): Promise<Revocations> {
  const { readRevocations } = await import("./revocations.ts");
  const revocations = await readRevocations(pem);
  if (typeof revocations !== "string") return revocations;
  throw unusable({ flag: "--tls-crl", path, right: revocations });
}

function unusable({ flag, path, right, cause }: {
  readonly flag: string;
  readonly path: string;
  readonly right: string;
  readonly cause?: unknown;
}): UsageError {
  return new UsageError(`Cannot use ${flag} '${path}': it must be ${right}`, { cause });
}
