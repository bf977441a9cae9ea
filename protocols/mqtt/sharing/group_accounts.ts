import type { Clock, LogPlace, SharedKey } from "../../../actors/mod.ts";
import { KEPT_STATE_MS, SHARED_FINISHED_MAX, SHARED_RETURNED_MAX } from "../limits.ts";
import type { HandedBefore } from "../outgoing/mod.ts";
import type { GroupAccount, GroupName } from "./wire.ts";

/** States of a group that are written, at the latest, until what was reported is in one of them. */
const STATES_KEPT = 3;

interface Finished {
  readonly place: LogPlace;
  readonly atMs: number;
}

interface Account {
  readonly name: GroupName;
  readonly finished: Finished[];
  returned: Pick<HandedBefore, "place" | "receivedMs">[];
}

/**
 * What the members of this node did, for a host that knows only what the one before it wrote down.
 * The oldest is forgotten: a group writes every few seconds, and every few thousand messages.
 */
export class GroupAccounts {
  readonly #clock: Clock;
  readonly #byGroup = new Map<string, Account>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  finished(name: GroupName, place: LogPlace): void {
    const { finished } = this.#of(name);
    finished.push({ place, atMs: this.#clock.nowMs() });
    if (finished.length >= 2 * SHARED_FINISHED_MAX) this.#tidy(finished);
  }

  /** Of QoS 2, and not sent: only what the host was not told of. */
  returned(name: GroupName, handed: Pick<HandedBefore, "place" | "receivedMs">): void {
    const { returned } = this.#of(name);
    if (returned.length < SHARED_RETURNED_MAX) returned.push(handed);
  }

  /** All that a host must know before it hands out anything; what was returned is told once. */
  take(): readonly GroupAccount[] {
    const accounts: GroupAccount[] = [];
    for (const [group, account] of this.#byGroup) {
      this.#tidy(account.finished);
      const { name: { key, subtopicFilter }, returned } = account;
      const finished = account.finished.map(({ place }) => place);
      if (finished.length + returned.length > 0) {
        accounts.push({ key, subtopicFilter, finished, returned });
      } else this.#byGroup.delete(group);
      account.returned = [];
    }
    return accounts;
  }

  /** Forgets what every host knows by now. */
  tidy(): void {
    for (const [group, { finished, returned }] of this.#byGroup) {
      this.#tidy(finished);
      if (finished.length + returned.length === 0) this.#byGroup.delete(group);
    }
  }

  #tidy(finished: Finished[]): void {
    const sinceMs = this.#clock.nowMs() - STATES_KEPT * KEPT_STATE_MS;
    const young = finished.findIndex(({ atMs }) => atMs >= sinceMs);
    const tooMany = finished.length - SHARED_FINISHED_MAX;
    finished.splice(0, Math.max(young < 0 ? finished.length : young, tooMany));
  }

  #of({ key, subtopicFilter }: GroupName): Account {
    const group = nameOf(key);
    const known = this.#byGroup.get(group);
    if (known !== undefined) return known;
    const account = { name: { key, subtopicFilter }, finished: [], returned: [] };
    this.#byGroup.set(group, account);
    return account;
  }
}

function nameOf({ domainId, share, channelId, filter }: SharedKey): string {
  return [domainId, share, channelId, filter].join(" ");
}
