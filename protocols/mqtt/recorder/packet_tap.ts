import type { Clock } from "../../../actors/mod.ts";
import { framesIn, recordable } from "../codec/mod.ts";
import type { RecordedConnection, RecordedPacket, Recording } from "./recording.ts";

/** Copies what one connection receives and sends into a recording, packet by packet. */
export class PacketTap {
  readonly #recording: Recording;
  readonly #connection: RecordedConnection;
  readonly #clock: Clock;

  constructor(
    recording: Recording,
    { connection, clock }: { readonly connection: RecordedConnection; readonly clock: Clock },
  ) {
    this.#recording = recording;
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Bytes that begin with a packet; of one that is not whole yet, it is told again. */
  received(bytes: Uint8Array): void {
    this.#add(bytes, "in");
  }

  /** Whole packets. */
  sent(bytes: Uint8Array): void {
    this.#add(bytes, "out");
  }

  #add(bytes: Uint8Array, direction: RecordedPacket["direction"]): void {
    const atMs = this.#clock.nowMs();
    const { payloads } = this.#recording;
    const { version } = this.#connection;
    for (const frame of framesIn(bytes)) {
      this.#recording.add({
        atMs,
        direction,
        connection: this.#connection,
        ...recordable(bytes, { frame, version, payloads }),
      });
    }
  }
}
