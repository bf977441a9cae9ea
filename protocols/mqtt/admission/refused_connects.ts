import type { Clock, SessionJournal } from "../../../actors/mod.ts";
import type { MqttCounters } from "../counters.ts";
import { refusalFact, type SessionIdentity } from "../facts.ts";
import { REFUSED_CONNECTS_THINGS_MAX } from "../limits.ts";
import { type Refusal, RefusalTally } from "../refusal_tally.ts";

interface Refused {
  /** As the newest of them said it. */
  identity: SessionIdentity;
  readonly tally: RefusalTally;
}

/**
 * CONNECTs that were refused, of each thing that they concern. Strangers come to write into a thing's
 * history here, so everything is counted before it is recorded, and the things are bounded.
 */
export class RefusedConnects {
  readonly #ground: {
    readonly journal: SessionJournal;
    readonly clock: Clock;
    readonly counters: MqttCounters;
  };
  readonly #refused = new Map<string, Refused>();

  constructor(
    ground: {
      readonly journal: SessionJournal;
      readonly clock: Clock;
      readonly counters: MqttCounters;
    },
  ) {
    this.#ground = ground;
  }

  add(identity: SessionIdentity, refusal: Refusal): void {
    const { thingId, principal } = identity.origin;
    const key = `${thingId} ${principal.kind}`;
    const known = this.#refused.get(key);
    if (known !== undefined) {
      known.identity = identity;
      return known.tally.add(refusal);
    }
    if (this.#refused.size >= REFUSED_CONNECTS_THINGS_MAX) {
      this.#ground.counters.factsDropped++;
      return;
    }
    const refused: Refused = {
      identity,
      tally: new RefusalTally({
        clock: this.#ground.clock,
        onTold: (tallied) =>
          this.#ground.journal.record(
            refused.identity.origin,
            refusalFact(refused.identity, tallied),
          ),
        onQuiet: () => this.#refused.delete(key),
      }),
    };
    this.#refused.set(key, refused);
    refused.tally.add(refusal);
  }

  /** Records what was counted and not recorded yet. */
  flush(): void {
    for (const { tally } of this.#refused.values()) tally.flush();
    this.#refused.clear();
  }
}
