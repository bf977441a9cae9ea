import {
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { EngineUnreachable, TransientError, UsageError } from "../../errors.ts";
import { backOffMs, type Logger, pause, settledWithin, systemRandom } from "../../platform/mod.ts";
import type { ConnectionString } from "./connection_string.ts";
import { CONNECT_MS_MAX, PING_MS, START_MS_MAX } from "./limits.ts";
import { isRefusedUser, natsTranslated } from "./nats_errors.ts";
import { outliveOrphanedResets } from "./orphaned_resets.ts";

/** What others hear of the line. */
export interface LineEvents {
  /** It is there again; what was on its way when it broke may be lost. */
  readonly returned: () => void;
}

/** Attempts to connect since the line was up. */
interface Tries {
  count: number;
}

/** The one connection to NATS: it comes back for ever, and says when it was away. */
export class NatsLink {
  readonly connection: NatsConnection;
  readonly hosts: string;
  readonly #listeners = new Set<LineEvents>();
  readonly #closed = new AbortController();
  readonly #tries: Tries;
  readonly #logger: Logger;
  readonly #asking = new Set<(reason: Error) => void>();
  #up = true;
  #changed = Promise.withResolvers<void>();

  private constructor(
    connection: NatsConnection,
    { hosts, tries, logger }: {
      readonly hosts: string;
      readonly tries: Tries;
      readonly logger: Logger;
    },
  ) {
    this.connection = connection;
    this.hosts = hosts;
    this.#tries = tries;
    this.#logger = logger;
    void this.#watch();
  }

  /** Throws EngineUnreachable if no server answers in time, UsageError if it refuses the user. */
  static async open(
    to: ConnectionString,
    { name, logger }: { readonly name: string; readonly logger: Logger },
  ): Promise<NatsLink> {
    outliveOrphanedResets();
    const tries = { count: 0 };
    const options = await optionsOf(to, { name, tries });
    const untilMs = performance.now() + START_MS_MAX;
    const hosts = to.servers.join(",");
    for (let attempt = 0;; attempt++) {
      try {
        return new NatsLink(await connect(options), { hosts, tries, logger });
      } catch (cause) {
        // The client's own text may quote what it was given.
        if (isRefusedUser(cause)) {
          throw new UsageError(
            `Cannot open the mailbox at '${hosts}': NATS refuses the user, give one that it knows`,
          );
        }
        const waitMs = backOffMs(attempt);
        if (performance.now() + waitMs > untilMs) {
          const { message } = natsTranslated("connect", cause);
          throw new EngineUnreachable(
            `Cannot open the mailbox: NATS cannot be reached at '${hosts}' (${message})`,
          );
        }
        await pause(waitMs);
      }
    }
  }

  get up(): boolean {
    return this.#up;
  }

  /** Aborts when the line is closed for good. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Resolves when the line goes up or down, or is closed. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Throws TransientError if the line is not up by then. */
  async upBefore(untilMs: number): Promise<void> {
    while (!this.#up || this.closed.aborted) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || this.closed.aborted) {
        throw new TransientError(`Cannot reach NATS at '${this.hosts}': the line is down`);
      }
      await settledWithin(this.changed, { ms: leftMs, signal: this.closed });
    }
  }

  /** What is asked of NATS: an answer does not come over a line that broke, which is told at once. */
  async whileUp<T>(answer: Promise<T>): Promise<T> {
    const broken = Promise.withResolvers<never>();
    // Who loses the race may still fail, when nobody listens any more.
    answer.catch(() => {});
    broken.promise.catch(() => {});
    if (!this.#up) broken.reject(new TransientError("Cannot hear from NATS: the line is down"));
    this.#asking.add(broken.reject);
    try {
      return await Promise.race([answer, broken.promise]);
    } finally {
      this.#asking.delete(broken.reject);
    }
  }

  listen(events: LineEvents): () => void {
    this.#listeners.add(events);
    return () => this.#listeners.delete(events);
  }

  async close(): Promise<void> {
    if (this.closed.aborted) return;
    this.#closed.abort();
    this.#signal();
    await this.connection.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "error") {
        // A subject that the user may not use shows here and nowhere else.
        this.#logger.error("NATS refuses", { error: status.error.message });
      }
      if (status.type === "disconnect" || status.type === "close") this.#set(false);
      if (status.type !== "reconnect") continue;
      this.#tries.count = 0;
      this.#set(true);
      for (const { returned } of this.#listeners) returned();
    }
  }

  #set(up: boolean): void {
    if (up !== this.#up && !this.closed.aborted) {
      this.#logger.warn(up ? "line to NATS is back" : "line to NATS broke", { hosts: this.hosts });
    }
    this.#up = up;
    for (const broken of up ? [] : this.#asking) {
      broken(new TransientError("Cannot hear from NATS: the line broke before the answer"));
    }
    this.#signal();
  }

  #signal(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

async function optionsOf(
  to: ConnectionString,
  { name, tries }: { readonly name: string; readonly tries: Tries },
): Promise<ConnectionOptions> {
  const { credsFile, caFile, certFile, keyFile } = to;
  return {
    servers: [...to.servers],
    name,
    ...(to.user === undefined ? {} : { user: to.user, pass: to.password ?? "" }),
    ...(to.token === undefined ? {} : { token: to.token }),
    ...(credsFile === undefined ? {} : { authenticator: await credentialsIn(credsFile) }),
    ...(to.tls
      ? {
        tls: {
          ...(caFile === undefined ? {} : { caFile }),
          ...(certFile === undefined ? {} : { certFile }),
          ...(keyFile === undefined ? {} : { keyFile }),
        },
      }
      : {}),
    timeout: CONNECT_MS_MAX,
    pingInterval: PING_MS,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    // A password that is being changed must not end the platform.
    ignoreAuthErrorAbort: true,
    // Half of it by chance, so that all nodes do not come back in the same instant.
    reconnectDelayHandler: () => backOffMs(tries.count++) * (0.5 + systemRandom.next() / 2),
    noAsyncTraces: true,
  };
}

async function credentialsIn(path: string) {
  try {
    return credsAuthenticator(await Deno.readFile(path));
  } catch (cause) {
    throw new UsageError(
      `Cannot read the credentials '${path}' of the mailbox: a readable file as nsc writes it is needed`,
      { cause },
    );
  }
}
