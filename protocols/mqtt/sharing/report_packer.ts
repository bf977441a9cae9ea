import type { HandedBefore } from "../outgoing/mod.ts";
import type { LocalMember } from "./local_member.ts";
import type { Forgotten, GroupAccount, GroupName, MemberNews, RemoteJoin, Report } from "./wire.ts";

/** A report, and what must happen once it was taken, or was not. */
export interface Packed {
  readonly report: Report;
  readonly joined: readonly LocalMember[];
  /** Members that it says farewell for. */
  readonly left: number;
  /** The same of their sessions, for a host that hears nothing else of them. */
  readonly farewells: readonly Forgotten[];
  /** Of QoS 2, given back by their members. */
  readonly returned: readonly (readonly [GroupName, HandedBefore])[];
}

/** Places of one account that one report tells of: what is more goes with the next. */
const PLACES_AT_ONCE = 4_096;

/** Puts into one report what fits. */
export class ReportPacker {
  readonly #bytesMax: number;
  #bytes = 0;
  #hasMore = false;
  readonly accounts: GroupAccount[] = [];
  readonly #joins: RemoteJoin[] = [];
  readonly #news: MemberNews[] = [];
  readonly #forgotten: Forgotten[] = [];
  readonly #joined = new Set<LocalMember>();
  readonly #returned: [GroupName, HandedBefore][] = [];
  readonly #farewells: Forgotten[] = [];
  #left = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** There may be more for the next one. */
  get isFull(): boolean {
    return this.#hasMore;
  }

  /** Takes from the front of `due`. */
  takeAccounts(due: GroupAccount[]): void {
    while (due.length > 0 && this.#hasRoom()) {
      const { finished, ...account } = due.shift()!;
      this.#add(this.accounts, { ...account, finished: finished.slice(0, PLACES_AT_ONCE) });
      const rest = finished.slice(PLACES_AT_ONCE);
      if (rest.length > 0) due.unshift({ ...account, returned: [], finished: rest });
    }
  }

  /** False if there is no room for it. */
  takeJoin(member: LocalMember, since: number): boolean {
    if (!this.#hasRoom()) return false;
    this.#add(this.#joins, member.join(since));
    this.#joined.add(member);
    return true;
  }

  hasJoined(member: LocalMember): boolean {
    return this.#joined.has(member);
  }

  /** False if there is no room for it. */
  takeNews(member: LocalMember): boolean {
    if (!this.#hasRoom()) return false;
    const { news, returned } = member.report();
    this.#add(this.#news, news);
    for (const handed of returned) this.#returned.push([member.name, handed]);
    if (news.left !== undefined) {
      this.#left++;
      this.#farewells.push(...member.farewell());
    }
    return true;
  }

  /** Takes from the front of `forgotten`. */
  takeForgotten(forgotten: Forgotten[]): void {
    while (forgotten.length > 0 && this.#hasRoom()) this.#add(this.#forgotten, forgotten.shift()!);
  }

  packed(from: Pick<Report, "node" | "seq" | "epoch" | "isFirst">): Packed {
    const [accounts, joins, news] = [this.accounts, this.#joins, this.#news];
    return {
      report: { ...from, accounts, joins, news, forgotten: this.#forgotten },
      joined: [...this.#joined],
      left: this.#left,
      farewells: this.#farewells,
      returned: this.#returned,
    };
  }

  #hasRoom(): boolean {
    if (this.#bytes < this.#bytesMax) return true;
    this.#hasMore = true;
    return false;
  }

  #add<T>(list: T[], item: T): void {
    list.push(item);
    this.#bytes += JSON.stringify(item).length;
  }
}
