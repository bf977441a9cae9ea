/** What the subscriber must send next about the message that holds a packet id. */
export const Awaiting = { nothing: 0, puback: 1, pubrec: 2, pubcomp: 3 } as const;
export type Awaiting = typeof Awaiting[keyof typeof Awaiting];

/** The packet ids of messages on their way to one subscriber, and what each of them awaits. */
export class Inflight {
  readonly #idsMax: number;
  readonly #window: number;
  /** By packet id; made with the first message of QoS 1 or 2. */
  #states: Uint8Array | undefined;
  /** Ids that were given on a connection before, of messages that wait to be sent again. */
  readonly #reserved = new Set<number>();
  #lastId = 0;
  #count = 0;

  /** `idsMax` is the highest packet id given; `window` how many may be under way [MQTT5-4.9.0-1]. */
  constructor(options: { readonly idsMax: number; readonly window: number }) {
    this.#idsMax = options.idsMax;
    this.#window = Math.min(options.window, options.idsMax);
  }

  get count(): number {
    return this.#count;
  }

  get hasRoom(): boolean {
    return this.#count < this.#window; // [MQTT5-4.9.0-2]
  }

  of(packetId: number): Awaiting {
    return (this.#states?.[packetId] ?? Awaiting.nothing) as Awaiting;
  }

  /**
   * Gives an id that is not in use [MQTT-2.3.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] [MQTT5-2.2.1-4]
   * [MQTT5-4.3.2-1] [MQTT5-4.3.3-1]; the window is not larger than the number of ids, so there is one.
   */
  take(awaiting: Awaiting): number {
    let packetId = this.#lastId;
    do packetId = packetId >= this.#idsMax ? 1 : packetId + 1; while (
      this.of(packetId) !== Awaiting.nothing || this.#reserved.has(packetId)
    );
    this.occupy(packetId, awaiting);
    return packetId;
  }

  /** Takes an id that a connection before this one gave. */
  occupy(packetId: number, awaiting: Awaiting): void {
    const states = this.#states ??= new Uint8Array(this.#idsMax + 1);
    states[packetId] = awaiting;
    this.#reserved.delete(packetId);
    this.#lastId = packetId;
    this.#count++;
  }

  /** Gives the id to nobody until it is occupied. */
  reserve(packetId: number): void {
    this.#reserved.add(packetId);
  }

  /** The next step of the message that holds the id. */
  advance(packetId: number, awaiting: Awaiting): void {
    this.#states![packetId] = awaiting;
  }

  free(packetId: number): void {
    this.#states![packetId] = Awaiting.nothing;
    this.#count--;
  }

  clear(): void {
    this.#states = undefined;
    this.#count = 0;
  }
}
