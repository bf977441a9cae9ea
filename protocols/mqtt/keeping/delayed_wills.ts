import type { Clock, DurableSessionKey } from "../../../actors/mod.ts";

/** Wills that wait for their delay, or for the end of their session [MQTT5-3.1.3-9]. */
export class DelayedWills {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, { readonly publish: () => void; cancel(): void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Publishes after `delayMs`, unless the client comes back before. */
  add(
    key: DurableSessionKey,
    will: { readonly delayMs: number; readonly publish: () => void },
  ): void {
    const name = nameOf(key);
    const cancel = this.#clock.schedule(will.delayMs, () => {
      this.#waiting.delete(name);
      will.publish();
    });
    this.#waiting.set(name, { publish: will.publish, cancel });
  }

  isWaiting(key: DurableSessionKey): boolean {
    return this.#waiting.has(nameOf(key));
  }

  /** The client is back: in the session that it left, or in a new one, which ended the old. */
  returned(key: DurableSessionKey, { resumed }: { readonly resumed: boolean }): void {
    const waiting = this.#waiting.get(nameOf(key));
    if (waiting === undefined) return;
    this.#waiting.delete(nameOf(key));
    waiting.cancel();
    if (!resumed) waiting.publish();
  }

  /** Publishes all of them: nobody will wait any longer. */
  close(): void {
    for (const { cancel, publish } of this.#waiting.values()) {
      cancel();
      publish();
    }
    this.#waiting.clear();
  }
}

function nameOf({ thingId, clientId }: DurableSessionKey): string {
  return `${thingId} ${clientId}`;
}
