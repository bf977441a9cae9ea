import type { RejectionCode } from "../../actors/mod.ts";
import { ReasonCode } from "./codec/mod.ts";
import type { ConnectRefusal } from "./translate.ts";

type Action = "connect" | "publish" | "subscribe";

/** The words are a closed list: a client that could add to it could fill the memory of Prometheus. */
type Reason = ConnectRefusal["kind"] | keyof typeof ReasonCode | RejectionCode;

const NAMES = new Map<number, keyof typeof ReasonCode>(
  Object.entries(ReasonCode).map(([name, code]) => [code, name as keyof typeof ReasonCode]),
);

/** What clients were refused, by what they wanted and why. */
export class RefusalCounts {
  readonly #counts = new Map<string, number>();

  add(
    action: Action,
    { reason, times = 1 }: { readonly reason: Reason; readonly times?: number },
  ): void {
    const key = `${action} ${snakeCase(reason)}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  /** The same of a reason code of MQTT 5. */
  addCode(action: Action, code: number): void {
    this.add(action, { reason: NAMES.get(code) ?? "unspecifiedError" });
  }

  *rows(): Iterable<{ readonly action: string; readonly reason: string; readonly count: number }> {
    for (const [key, count] of this.#counts) {
      const [action, reason] = key.split(" ") as [string, string];
      yield { action, reason, count };
    }
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z\d]/g, (letter) => `_${letter.toLowerCase()}`);
}
