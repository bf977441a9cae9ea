import { Buckets } from "../../actors/mod.ts";

const MESSAGES_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
const BYTES_BOUNDS = [...Array(11).keys()].map((power) => 256 * 2 ** power);

/** What ingress has done since it started; the metrics endpoint reads it. */
export interface IngressCounters {
  messages: number;
  bytes: number;
  ticks: number;
  refused: number;
  /** Messages and bytes of the batches that went to the mailbox. */
  readonly batchMessages: Buckets;
  readonly batchBytes: Buckets;
  /** Seconds from the first message of a tick until all of the tick are durable, once a message. */
  readonly durable: Buckets;
}

export function newIngressCounters(): IngressCounters {
  return {
    messages: 0,
    bytes: 0,
    ticks: 0,
    refused: 0,
    batchMessages: new Buckets(MESSAGES_BOUNDS),
    batchBytes: new Buckets(BYTES_BOUNDS),
    durable: new Buckets(),
  };
}
