import { PARTITIONS } from "../mailbox.ts";
import { MAILBOX_STREAMS } from "./limits.ts";

/** What streams, consumers and subjects of one installation are called. */
export interface Names {
  /** The streams of the mailbox. */
  readonly mailboxes: readonly string[];
  readonly dead: string;
  readonly leases: string;
  /** The stream of a partition, and the subject under which its frames lie there. */
  streamOf(partition: number): string;
  mailboxOf(partition: number): string;
  deadOf(partition: number): string;
  consumerOf(partition: number): string;
  liveOf(partition: number): string;
  readonly overview: string;
  readonly live: string;
  ask(name: string): string;
  tell(name: string): string;
}

export function namesUnder(prefix: string): Names {
  const mailboxes = Array.from({ length: MAILBOX_STREAMS }, (_, n) => `${prefix}_mailbox_${n}`);
  return {
    mailboxes,
    streamOf: (partition) => mailboxes[partition % MAILBOX_STREAMS]!,
    dead: `${prefix}_dead`,
    leases: `${prefix}_leases`,
    mailboxOf: (partition) => `${prefix}.mailbox.${numbered(partition)}`,
    deadOf: (partition) => `${prefix}.dead.${numbered(partition)}`,
    consumerOf: (partition) => `p${numbered(partition)}`,
    liveOf: (partition) => `${prefix}.live.${numbered(partition)}`,
    overview: `${prefix}.live.overview`,
    live: `${prefix}.live.*`,
    ask: (name) => `${prefix}.ask.${name}`,
    tell: (name) => `${prefix}.tell.${name}`,
  };
}

function numbered(partition: number): string {
  return String(partition).padStart(2, "0");
}

/** The partition at the end of a subject or in a key; undefined if there is none. */
export function partitionIn(text: string, below = PARTITIONS): number | undefined {
  const number = /(?:\.|^p)(\d{2})$/.exec(text)?.[1];
  const partition = Number(number ?? Number.NaN);
  return partition < below ? partition : undefined;
}
