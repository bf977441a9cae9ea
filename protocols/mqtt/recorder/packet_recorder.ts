import type { Clock } from "../../../actors/mod.ts";
import type { ProtocolVersion } from "../codec/mod.ts";
import type { SessionIdentity } from "../facts.ts";
import { RECORDING_KEPT_MS, RECORDINGS_MAX } from "../limits.ts";
import { PacketTap } from "./packet_tap.ts";
import { pieceOf, type RecordedPiece } from "./pieces.ts";
import { type RecordedPacket, Recording } from "./recording.ts";

export type { RecordedPacket };

/** What is asked for. */
export interface RecordingWish {
  readonly minutes: number;
  readonly payloads: boolean;
}

export interface RecorderState {
  readonly recording: boolean;
  readonly startedMs: number;
  /** When it ends, or ended. */
  readonly untilMs: number;
  readonly payloads: boolean;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that had to make room for newer ones. */
  readonly dropped: number;
}

interface Kept {
  readonly recording: Recording;
  isRunning: boolean;
  cancelTimer: () => void;
}

/** The recordings of one server: those that run, and for a while those that have ended. */
export class PacketRecorder {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #kept = new Map<string, Kept>();

  constructor({ clock, onChange }: {
    readonly clock: Clock;
    /** Sessions of some thing are to ask for their taps again. */
    readonly onChange: () => void;
  }) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** False if as many things as can be are recorded at this moment; one that has ended makes room. */
  hasRoom(thingId: string): boolean {
    const running = [...this.#kept.values()].filter(({ isRunning }) => isRunning).length;
    return this.#kept.has(thingId) || running < RECORDINGS_MAX;
  }

  /** Begins anew if the thing is recorded already. Undefined if too many things are. */
  start(thingId: string, { minutes, payloads }: RecordingWish): RecorderState | undefined {
    if (!this.hasRoom(thingId)) return undefined;
    if (!this.#kept.has(thingId)) this.#makeRoom();
    this.#forget(thingId);
    const startedMs = this.#clock.nowMs();
    const untilMs = startedMs + minutes * 60_000;
    const kept: Kept = {
      recording: new Recording({ startedMs, untilMs, payloads }),
      isRunning: true,
      cancelTimer: this.#clock.schedule(untilMs - startedMs, () => this.#end(thingId, kept)),
    };
    this.#kept.set(thingId, kept);
    this.#onChange();
    return stateOf(kept);
  }

  /** Undefined if there is none, or none any more. */
  state(thingId: string): RecorderState | undefined {
    const kept = this.#kept.get(thingId);
    return kept === undefined ? undefined : stateOf(kept);
  }

  /** Undefined if there is no recording; see {@link pieceOf}. */
  piece(thingId: string, from: number): RecordedPiece | undefined {
    const kept = this.#kept.get(thingId);
    return kept && pieceOf(kept.recording, from);
  }

  /** For one session as long as nothing changes; undefined if its thing is not recorded. */
  tapFor(
    { clientId, origin }: SessionIdentity,
    version: ProtocolVersion,
  ): PacketTap | undefined {
    const { thingId, sessionId, remoteAddress } = origin;
    const kept = this.#kept.get(thingId);
    if (kept?.isRunning !== true) return undefined;
    const connection = { sessionId, clientId, remoteAddress, version };
    return new PacketTap(kept.recording, { connection, clock: this.#clock });
  }

  close(): void {
    for (const thingId of [...this.#kept.keys()]) this.#forget(thingId);
  }

  #makeRoom(): void {
    if (this.#kept.size < RECORDINGS_MAX) return;
    const [ended] = [...this.#kept].find(([, { isRunning }]) => !isRunning) ?? [];
    if (ended !== undefined) this.#forget(ended);
  }

  #end(thingId: string, kept: Kept): void {
    kept.isRunning = false;
    kept.cancelTimer = this.#clock.schedule(RECORDING_KEPT_MS, () => this.#kept.delete(thingId));
    this.#onChange();
  }

  #forget(thingId: string): void {
    this.#kept.get(thingId)?.cancelTimer();
    this.#kept.delete(thingId);
  }
}

function stateOf({ recording, isRunning }: Kept): RecorderState {
  const { startedMs, untilMs, payloads, count, bytes, dropped } = recording;
  return { recording: isRunning, startedMs, untilMs, payloads, packets: count, bytes, dropped };
}
