import type { Logger, LogPlace, OwedMessage } from "../../../actors/mod.ts";
import { type LiveMessage, RenderedFrames } from "../../../projections/mod.ts";

/** A message that must go to some member; without its copy the log has it. */
export interface Owed extends OwedMessage {
  readonly message?: LiveMessage;
}

export interface OwedGround {
  /** False while there is nobody to hand anything to. */
  readonly mayHand: () => boolean;
  /** False if no member is ready. */
  readonly hand: (message: LiveMessage) => boolean;
  /** Resolves when a member may be ready. */
  readonly room: () => Promise<void>;
  /** From the log; undefined if that has let it go. */
  readonly read: (place: LogPlace) => Promise<LiveMessage | undefined>;
  readonly logger: Logger;
}

/** What a group owes to some member, and what is none of that because other nodes have it. */
export class OwedMessages {
  readonly #ground: OwedGround;
  /** In the order in which they go to others. */
  readonly #owed: Owed[] = [];
  /** What other nodes have, or had, and the log has still to bring. */
  readonly #accounted = new Map<string, LogPlace>();
  /** What was owed when the group began. */
  readonly #before = new Set<string>();
  #isHandingOn = false;

  constructor(ground: OwedGround) {
    this.#ground = ground;
  }

  get all(): readonly Owed[] {
    return this.#owed;
  }

  add(owed: Owed): void {
    this.#owed.push(owed);
    void this.handOn();
  }

  /** What is kept of it, without what other nodes said that they have. */
  resume(
    kept: readonly Owed[],
    { isPast }: { readonly isPast: (place: LogPlace) => boolean },
  ): void {
    for (const { place } of kept) this.#before.add(nameOf(place));
    this.#owed.unshift(...kept.filter(({ place }) => !this.#accounted.delete(nameOf(place))));
    for (const [name, place] of this.#accounted) if (isPast(place)) this.#accounted.delete(name);
  }

  /** It goes to nobody; `isPast` if the log will not bring it any more. */
  account(place: LogPlace, { isPast }: { readonly isPast: boolean }): void {
    const name = nameOf(place);
    if (!isPast) return void this.#accounted.set(name, place);
    const at = this.#owed.findIndex((owed) => nameOf(owed.place) === name);
    if (at >= 0) this.#owed.splice(at, 1);
  }

  /** True for what the log brought and another node has. */
  takeAccounted(place: LogPlace): boolean {
    return this.#accounted.size > 0 && this.#accounted.delete(nameOf(place));
  }

  /** True if it was owed when the group began: then another member may have it by now. */
  wasOwed(place: LogPlace): boolean {
    return this.#before.has(nameOf(place));
  }

  /** Hands on as long as members are ready. Never rejects. */
  async handOn(): Promise<void> {
    if (this.#isHandingOn) return;
    this.#isHandingOn = true;
    const { mayHand, hand, room, read, logger } = this.#ground;
    try {
      while (this.#owed.length > 0 && mayHand()) {
        const [first] = this.#owed;
        const message = first!.message ?? await read(first!.place);
        // Meanwhile a node may have said that it has the message.
        if (this.#owed[0] !== first || !mayHand()) continue;
        // What the log has let go can only be forgotten.
        if (message === undefined || hand(message)) this.#owed.shift();
        else await room();
      }
    } catch (error) {
      logger.error("shared messages not handed on", { error: String(error) });
    } finally {
      this.#isHandingOn = false;
    }
  }
}

function nameOf([position, index]: LogPlace): string {
  return `${position} ${index}`;
}

/** What stays valid after the message was told. */
export function copyOf(message: LiveMessage): LiveMessage {
  const { payload, properties, ...rest } = message;
  return {
    ...rest,
    payload: payload.slice(),
    ...(properties === undefined ? {} : { properties: properties.slice() }),
    rendered: new RenderedFrames(),
  };
}
