/** Numbers that one publisher's gap may hold; more are given up as lost at once. */
const MISSING_MAX = 10_000;

interface Heard {
  /** The lowest number that nothing was heard of yet. */
  next: number;
  /** Numbers below `next` that did not come. */
  readonly missing: Set<number>;
  givenUp: number;
}

/** What one subscriber heard of publishers that number their messages from 0, in bounded memory. */
export class Ledger {
  delivered = 0;
  /** Came again, which QoS 1 allows. */
  repeated = 0;
  /** Came again although both sides asked for exactly once. */
  doubled = 0;
  /** Came for the first time after a later one. */
  outOfOrder = 0;
  readonly #heard = new Map<string, Heard>();

  heard(
    publisher: string,
    { number, exactlyOnce }: { readonly number: number; readonly exactlyOnce: boolean },
  ): void {
    this.delivered++;
    const of = this.#of(publisher);
    if (number < of.next) {
      if (of.missing.delete(number)) this.outOfOrder++;
      else if (exactlyOnce) this.doubled++;
      else this.repeated++;
      return;
    }
    for (; of.next < number; of.next++) {
      if (of.missing.size < MISSING_MAX) of.missing.add(of.next);
      else of.givenUp++;
    }
    of.next = number + 1;
  }

  /** How many of the publisher's first `published` messages did not come. */
  lost(publisher: string, published: number): number {
    const { next, missing, givenUp } = this.#of(publisher);
    return missing.size + givenUp + Math.max(0, published - next);
  }

  #of(publisher: string): Heard {
    let of = this.#heard.get(publisher);
    if (of === undefined) {
      this.#heard.set(publisher, of = { next: 0, missing: new Set(), givenUp: 0 });
    }
    return of;
  }
}
