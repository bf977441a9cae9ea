import type { LogPlace } from "../../../actors/mod.ts";
import type { LiveMessage, SubscriptionTerms } from "../../../projections/mod.ts";
import { SHARED_UNDER_WAY_MAX, SHARED_WINDOW, SHARED_WINDOW_BYTES } from "../limits.ts";
import { copyOf, type SharedHanding, type SharedMember } from "../outgoing/mod.ts";
import type { EdgeLine } from "./edge_line.ts";
import { type Handed, placeName } from "./wire.ts";

/** Messages under way to all members of one group. */
export interface GroupLoad {
  underWay: number;
}

interface UnderWay {
  readonly handing: SharedHanding;
  /** Absent if a host before this one had handed it. */
  readonly handed?: Handed;
  readonly bytes: number;
}

/** A member whose client is at another node, as the host of its group sees it. */
export class RemoteMember implements SharedMember {
  readonly id: number;
  readonly window: number;
  readonly #line: EdgeLine;
  readonly #load: GroupLoad;
  /** By place. */
  readonly #underWay = new Map<string, UnderWay>();
  #bytes = 0;
  #serial = 0;
  #isClosed = false;
  #waiters: (() => void)[] = [];

  constructor(
    { id, window }: { readonly id: number; readonly window: number },
    { line, load }: { readonly line: EdgeLine; readonly load: GroupLoad },
  ) {
    this.id = id;
    this.window = Math.min(window, SHARED_WINDOW);
    this.#line = line;
    this.#load = load;
  }

  get isReady(): boolean {
    return !this.#isClosed && this.#underWay.size < this.window &&
      this.#bytes < SHARED_WINDOW_BYTES && this.#load.underWay < SHARED_UNDER_WAY_MAX &&
      this.#line.hasRoom;
  }

  /** Nothing is under way to it any more. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Of a member that is closed the group hears otherwise. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  deliverShared(message: LiveMessage, _terms: SubscriptionTerms, handing?: SharedHanding): void {
    if (this.#isClosed) return handing?.onUndelivered();
    const serial = ++this.#serial;
    if (handing === undefined) return this.#line.offer(this.#handed(serial, copyOf(message)));
    // The bytes are valid only now, unless the group has copied them.
    const handed = this.#handed(serial, handing.message ?? copyOf(message));
    this.#add({ handing, handed, bytes: message.payload.length });
    this.#line.push(handed);
  }

  *underWay(): Iterable<SharedHanding> {
    for (const { handing } of this.#underWay.values()) yield handing;
  }

  /** What it was handed by the host before this one. */
  adopt(handings: readonly SharedHanding[]): void {
    for (const handing of handings) this.#add({ handing, bytes: 0 });
  }

  settled(places: readonly LogPlace[]): void {
    for (const place of places) this.#remove(placeName(place));
    this.wake();
  }

  undelivered(places: readonly LogPlace[]): void {
    // First all of them, so that none comes back to it at once.
    const back = places.map((place) => this.#remove(placeName(place)));
    for (const each of back) each?.handing.onUndelivered();
    this.wake();
  }

  /** It takes nothing any more; what it has may still be acknowledged. */
  close(): void {
    this.#isClosed = true;
  }

  /** It took nothing behind the serial `seen`. */
  sawNothingBehind(seen: number): void {
    this.#giveBack(({ handed }) => handed !== undefined && handed.serial > seen);
  }

  /** What was not sent, because nothing is sent any more. */
  giveBackUnsent(): void {
    this.#giveBack(({ handed }) => handed !== undefined && this.#line.isUnsent(handed));
  }

  /** [MQTT5-4.8.2-4] [MQTT5-4.8.2-5]: its node is gone; QoS 2 that was sent there stays with it. */
  drop(): void {
    this.close();
    this.giveBackUnsent();
    this.#giveBack(({ handing }) => handing.qos === 1);
    for (const name of this.#underWay.keys()) this.#remove(name);
  }

  wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #handed(serial: number, message: LiveMessage): Handed {
    return { id: this.id, serial, message };
  }

  #add(underWay: UnderWay): void {
    this.#underWay.set(placeName(underWay.handing.place), underWay);
    this.#bytes += underWay.bytes;
    this.#load.underWay++;
  }

  #remove(name: string): UnderWay | undefined {
    const underWay = this.#underWay.get(name);
    if (underWay === undefined) return undefined;
    this.#underWay.delete(name);
    this.#bytes -= underWay.bytes;
    this.#load.underWay--;
    return underWay;
  }

  #giveBack(which: (underWay: UnderWay) => boolean): void {
    const back = [...this.#underWay].filter(([, each]) => which(each));
    for (const [name] of back) this.#remove(name);
    for (const [, { handing }] of back) handing.onUndelivered();
  }
}
