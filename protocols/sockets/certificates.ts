import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock, Logger } from "../../actors/mod.ts";
import { CERTIFICATES_CHECK_MS } from "./limits.ts";
import { type Material, readMaterial, readTexts, type Texts, type TlsFiles } from "./material.ts";

/**
 * The certificates that TLS ports show and trust, as their files hold them. The files are looked at
 * every CERTIFICATES_CHECK_MS; what cannot be used leaves everything as it was, and is logged once.
 */
export class Certificates {
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #texts: Texts;
  #material: Material;
  #contexts: readonly SecureContext[];
  #cancelTimer: () => void = () => {};
  #closed = false;

  private constructor(
    files: TlsFiles,
    { clock, logger, texts, material }: {
      readonly clock: Clock;
      readonly logger: Logger;
      readonly texts: Texts;
      readonly material: Material;
    },
  ) {
    this.#files = files;
    this.#clock = clock;
    this.#logger = logger;
    this.#texts = texts;
    this.#material = material;
    this.#contexts = contextsOf(material);
    this.#schedule();
  }

  /** Throws UsageError, naming the flag, the file and what would be right. */
  static async open(
    files: TlsFiles,
    ground: { readonly clock: Clock; readonly logger: Logger },
  ): Promise<Certificates> {
    const texts = await readTexts(files);
    const material = await readMaterial(files, texts);
    return new Certificates(files, { ...ground, texts, material });
  }

  /** True if clients are asked for a certificate; they need not have one. */
  get asksClients(): boolean {
    return this.#material.clientCa !== undefined;
  }

  /** What is shown to a client that names no server, or one that no certificate is for. */
  get standard(): { readonly cert: string; readonly key: string; readonly ca?: string } {
    const { pairs: [first], clientCa } = this.#material;
    const { cert, key } = first!;
    // A context without its own authorities would trust those of the system.
    return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) };
  }

  /** The context for a server's name; undefined if the standard one is for it. */
  contextFor(serverName: string): SecureContext | undefined {
    const name = serverName.toLowerCase();
    const wildcard = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
    const { pairs } = this.#material;
    for (const wanted of [name, wildcard]) {
      const index = pairs.findIndex(({ names }) => names.includes(wanted));
      if (index >= 0) return this.#contexts[index];
    }
    return undefined;
  }

  isRevoked(certificate: { readonly serialNumber: string; readonly raw: Uint8Array }): boolean {
    return this.#material.revocations?.has(certificate) === true;
  }

  /** The returned function ends the notification. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the files again; answers whether something else holds from now on. Never rejects. */
  async check(): Promise<boolean> {
    try {
      const texts = await readTexts(this.#files);
      if (JSON.stringify(texts) === JSON.stringify(this.#texts)) return false;
      this.#texts = texts;
      const material = await readMaterial(this.#files, texts);
      this.#contexts = contextsOf(material);
      this.#material = material;
    } catch (error) {
      this.#logger.error("certificates not read again, those of before hold", {
        error: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
    this.#logger.info("certificates read again");
    for (const listener of this.#listeners) listener();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.schedule(CERTIFICATES_CHECK_MS, async () => {
      await this.check();
      if (!this.#closed) this.#schedule();
    });
  }
}

function contextsOf({ pairs, clientCa }: Material): readonly SecureContext[] {
  const ca = clientCa === undefined ? {} : { ca: clientCa };
  return pairs.map(({ cert, key }) => createSecureContext({ cert, key, ...ca }));
}
