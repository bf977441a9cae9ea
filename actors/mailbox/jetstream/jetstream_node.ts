import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { EngineUnreachable, TransientError, UsageError } from "../../errors.ts";
import type { Leases, Requests } from "../../nodes/mod.ts";
import { backOffMs, type Logger, pause } from "../../platform/mod.ts";
import type { DeadLetters } from "../dead_letters.ts";
import type { SharedMailbox } from "../mailbox.ts";
import { readConnectionString } from "./connection_string.ts";
import { StreamDeadLetters } from "./dead_letters.ts";
import { KvLeases } from "./leases.ts";
import { ANSWER_MS, START_MS_MAX } from "./limits.ts";
import { NatsLink } from "./link.ts";
import { JetStreamMailbox, type JetStreamStatus } from "./mailbox.ts";
import { namesUnder } from "./names.ts";
import { natsTranslated } from "./nats_errors.ts";
import { NatsRequests } from "./requests.ts";
import { checkServer } from "./server_check.ts";
import { ensureStreams } from "./streams.ts";

export interface JetStreamOptions {
  /** `nats://[user:password@]host:port[,host:port…][/?replicas=3&prefix=…]`; docs/jetstream.md. */
  readonly connectionString: string;
  /** What the servers' own tools call this connection. */
  readonly name?: string;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Position of the newest event of the log; left out by nodes that consume nothing. */
  readonly logEnd?: () => Promise<number>;
}

/** All that a node shares with others, over one connection. */
export interface JetStreamNode {
  readonly mailbox: SharedMailbox;
  readonly deadLetters: DeadLetters;
  readonly leases: Leases;
  readonly requests: Requests;
  status(): Promise<JetStreamStatus>;
  /** Ends consumers and followers, and the connection. */
  close(): Promise<void>;
}

export async function openNode(options: JetStreamOptions): Promise<JetStreamNode> {
  const { logger, logEnd, newId } = options;
  const settings = readConnectionString(options.connectionString);
  const { prefix, replicas, maxBytes } = settings;
  const names = namesUnder(prefix);
  const link = await NatsLink.open(settings, { name: options.name ?? "millrace", logger });
  try {
    const ready = await started(link, async () => {
      const manager = await jetstreamManager(link.connection, { ...API, checkAPI: false });
      const warnings = await checkServer(link.connection, { manager, replicas });
      const changed = await ensureStreams(manager, { names, prefix, replicas, maxBytes });
      const client = jetstream(link.connection, API);
      const ground = { link, jetstream: client, manager, names, replicas, logger };
      return { ground, warnings: [...warnings, ...changed], leases: await KvLeases.open(ground) };
    });
    const { ground, leases, warnings } = ready;
    for (const warning of warnings) logger.warn("mailbox weaker than it could be", { warning });
    const mailbox = new JetStreamMailbox({
      ...ground,
      warnings,
      ...(logEnd === undefined ? {} : { logEnd }),
    });
    return {
      mailbox,
      deadLetters: new StreamDeadLetters({
        ...ground,
        newId,
        post: (frame) => mailbox.post(frame),
      }),
      leases,
      requests: new NatsRequests(ground),
      status: () => mailbox.status(),
      async close() {
        await mailbox.end();
        await link.close();
      },
    };
  } catch (error) {
    await link.close();
    throw error;
  }
}

const API = { timeout: ANSWER_MS };

/** JetStream may still read its files, or elect a leader. */
async function started<T>(link: NatsLink, attempted: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + START_MS_MAX;
  for (let attempt = 0;; attempt++) {
    try {
      return await attempted();
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      const error = natsTranslated("open the mailbox", cause);
      const waitMs = backOffMs(attempt);
      if (!(error instanceof TransientError)) throw new UsageError(error.message, { cause });
      if (performance.now() + waitMs > untilMs) {
        throw new EngineUnreachable(
          `Cannot open the mailbox: JetStream at '${link.hosts}' is not ready (${error.message})`,
          { cause },
        );
      }
      await pause(waitMs);
    }
  }
}
