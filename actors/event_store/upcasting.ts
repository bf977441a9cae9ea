import { InvariantViolation } from "../errors.ts";
import type { JsonObject } from "./event_store.ts";

/** One step from an older shape of an event's data to the next. */
export interface Upcaster {
  readonly type: string;
  /** Turns this schema version into the next one. */
  readonly fromVersion: number;
  readonly upcast: (data: JsonObject) => JsonObject;
}

export interface Upcast {
  readonly data: JsonObject;
  readonly schemaVersion: number;
}

/** Brings data to its newest shape, step by step. */
export type Upcasting = (type: string, stored: Upcast) => Upcast;

export function upcastingWith(upcasters: readonly Upcaster[]): Upcasting {
  const steps = new Map<string, Upcaster>();
  for (const upcaster of upcasters) {
    const key = `${upcaster.type}/${upcaster.fromVersion}`;
    if (steps.has(key)) {
      throw new InvariantViolation(`Cannot upcast '${key}': two upcasters are registered for it`);
    }
    steps.set(key, upcaster);
  }
  const types = new Set(upcasters.map(({ type }) => type));
  return (type, stored) => {
    if (!types.has(type)) return stored;
    let { data, schemaVersion } = stored;
    for (;;) {
      const step = steps.get(`${type}/${schemaVersion}`);
      if (step === undefined) return { data, schemaVersion };
      data = step.upcast(data);
      schemaVersion++;
    }
  };
}
