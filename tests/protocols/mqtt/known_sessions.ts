import type { EventStore } from "../../../actors/mod.ts";
import {
  type DurableSessionQueries,
  durableSessionQueries,
  durableSessionsProjection,
  DurableSessionStore,
} from "../../../projections/mod.ts";
import type { MqttServerGround } from "../../../protocols/mqtt/mod.ts";
import { TestLog } from "../../projections/log.ts";

/** The read model of durable sessions over a log, which follows it when it is waited for. */
export class KnownSessions {
  readonly #log: TestLog;
  #opened:
    | { readonly store: DurableSessionStore; readonly queries: DurableSessionQueries }
    | undefined;
  /** True: it does not come any further. */
  lags = false;
  /** How often it was asked for a number. */
  counts = 0;

  constructor(store: EventStore) {
    this.#log = new TestLog(store);
  }

  /** Comes as far as the log, unless it lags. */
  async follow(): Promise<void> {
    const { store: readModel } = this.#model;
    if (!this.lags) await this.#log.follow({ projection: durableSessionsProjection, readModel });
  }

  get readModels(): MqttServerGround["readModels"] {
    return {
      waitFor: async () => {
        await this.follow();
        return !this.lags;
      },
      presence: { openSessions: () => Promise.resolve([]) },
      durableSessions: {
        count: (thingId) => {
          this.counts++;
          return Promise.resolve(this.#model.queries.count(thingId));
        },
        connected: (which) => Promise.resolve(this.#model.queries.connected(which)),
        expired: (which) => Promise.resolve(this.#model.queries.expired(which)),
      },
    };
  }

  async close(): Promise<void> {
    await this.#opened?.store.close();
  }

  /** Most tests ask for none. */
  get #model() {
    if (this.#opened !== undefined) return this.#opened;
    const store = new DurableSessionStore(":memory:");
    return this.#opened = { store, queries: durableSessionQueries(store.file) };
  }
}
