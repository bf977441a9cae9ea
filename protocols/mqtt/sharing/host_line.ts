import { type Clock, type Logger, type Requests, TransientError } from "../../../actors/mod.ts";
import {
  SHARED_AGAIN_MS,
  SHARED_ANSWER_MS,
  SHARED_FORGETS_MAX,
  SHARED_HEARTBEAT_MS,
  SHARED_PIECE_BYTES,
  SHARED_REPORT_MS,
} from "../limits.ts";
import type { SharedJoin } from "../outgoing/mod.ts";
import { GroupAccounts } from "./group_accounts.ts";
import { LocalMember } from "./local_member.ts";
import {
  decoded,
  encoded,
  type Forgotten,
  type GroupAccount,
  type GroupName,
  type Handed,
  hostName,
  type Report,
  type ReportAnswer,
} from "./wire.ts";
import { type Packed, ReportPacker } from "./report_packer.ts";

export interface HostLineGround {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly node: string;
  readonly newMemberId: () => number;
  readonly deliveredThrough: () => number;
  /** Resolves when messages for members can come. */
  readonly listening: () => Promise<void>;
}

/** A node's members in the groups of one partition, and its reports to whichever node hosts them. */
export class HostLine {
  readonly #ground: HostLineGround;
  readonly #partition: number;
  readonly #members = new Map<number, LocalMember>();
  /** Members that the next reports must say something of. */
  readonly #withNews = new Set<LocalMember>();
  readonly #accounts: GroupAccounts;
  #accountsDue: GroupAccount[] = [];
  #forgotten: Forgotten[] = [];
  /** Members that the host knows of, by what it was told. */
  #told = 0;
  #epoch = "";
  #seq = 0;
  /** Everything up to it is known to a host, as of some heartbeats ago. */
  #since = 0;
  #nextSince = 0;
  #knownMs = 0;
  #isFirst = true;
  #reporting: Promise<void> | undefined;
  #isDue = false;
  #cancelTimer = () => {};
  #timerMs = Infinity;
  #isClosed = false;

  constructor(ground: HostLineGround, partition: number) {
    this.#ground = ground;
    this.#partition = partition;
    this.#accounts = new GroupAccounts(ground.clock);
  }

  /** Nothing is to be said, and nobody is there. */
  get isIdle(): boolean {
    return this.#members.size === 0 && this.#forgotten.length === 0;
  }

  join(name: GroupName, joined: SharedJoin): (awaySeconds?: number) => void {
    const member: LocalMember = new LocalMember({
      id: this.#ground.newMemberId(),
      name,
      joined,
      since: this.#ground.deliveredThrough(),
      onNews: ({ settled }) => {
        this.#withNews.add(member);
        if (settled === undefined) return this.#reportSoon();
        this.#accounts.finished(name, settled);
        if (member.hasManySettled) this.#reportSoon();
        else this.#reportWithin(SHARED_REPORT_MS);
      },
    });
    this.#members.set(member.id, member);
    this.#reportSoon();
    return (awaySeconds = 0) => member.leave(awaySeconds);
  }

  forget(forgotten: Forgotten): void {
    if (this.#forgotten.length >= SHARED_FORGETS_MAX) return;
    this.#forgotten.push(forgotten);
    this.#reportSoon();
  }

  /** False if they come from another host than the one that was told of the members. */
  take(epoch: string, handed: readonly Handed[]): boolean {
    if (epoch !== this.#epoch) return false;
    for (const each of handed) this.#members.get(each.id)?.take(each);
    return true;
  }

  /** Another node has the partition from now on. */
  hostChanged(): void {
    if (!this.isIdle) this.#reportSoon();
  }

  /** Resolves when the host was told everything, unless nobody hosts. */
  async settled(): Promise<void> {
    while (!this.isIdle && !this.#isClosed) {
      await (this.#reporting ?? this.#pause(SHARED_REPORT_MS));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  #reportSoon(): void {
    this.#isDue = true;
    // What one turn brings goes together, what is given back behind a farewell too.
    this.#reporting ??= Promise.resolve().then(() => this.#reportAll());
  }

  #reportWithin(delayMs: number): void {
    const { clock } = this.#ground;
    const atMs = clock.nowMs() + delayMs;
    if (this.#reporting !== undefined || atMs >= this.#timerMs || this.#isClosed) return;
    this.#cancelTimer();
    this.#timerMs = atMs;
    this.#cancelTimer = clock.schedule(delayMs, () => {
      this.#timerMs = Infinity;
      this.#reportSoon();
    });
  }

  /** Never rejects. */
  async #reportAll(): Promise<void> {
    this.#cancelTimer();
    this.#timerMs = Infinity;
    try {
      await this.#ground.listening();
      while (this.#isDue && !this.#isClosed) await this.#report();
    } catch (error) {
      this.#ground.logger.error("shared subscriptions not reported", { error: String(error) });
    }
    this.#reporting = undefined;
    this.#accounts.tidy();
    if (this.#isDue) this.#reportWithin(SHARED_AGAIN_MS);
    else if (this.#withNews.size > 0) this.#reportWithin(SHARED_REPORT_MS);
    else if (!this.isIdle) this.#reportWithin(SHARED_HEARTBEAT_MS);
  }

  async #report(): Promise<void> {
    this.#isDue = false;
    const packed = this.#packed();
    const { answer, isUncertain } = await this.#asked(packed.report);
    if (answer === undefined) return;
    // Where it was not taken it says nothing to anybody.
    if (answer.epoch !== packed.report.epoch) return this.#begin(answer, { packed, isUncertain });
    for (const member of packed.joined) member.isTold = true;
    this.#told += packed.joined.length - packed.left;
    this.#isFirst = false;
    if (answer.members !== this.#told) return this.#begin(answer, { packed, isUncertain: true });
    this.#isKnownThrough();
  }

  /** All that fits into one report; whatever is left makes the next one due. */
  #packed(): Packed {
    const packer = new ReportPacker(SHARED_PIECE_BYTES);
    const isKnown = this.#epoch !== "";
    if (isKnown) {
      packer.takeAccounts(this.#accountsDue);
      for (const member of this.#members.values()) {
        if (
          !member.isTold && member.awaySeconds === undefined &&
          !packer.takeJoin(member, this.#since)
        ) break;
      }
      for (const member of this.#withNews) {
        if (!member.isTold && !packer.hasJoined(member)) {
          if (member.awaySeconds !== undefined) this.#dismiss(member);
          continue;
        }
        if (!packer.takeNews(member)) break;
        this.#withNews.delete(member);
        if (member.isDone) this.#members.delete(member.id);
      }
      packer.takeForgotten(this.#forgotten);
    }
    if (packer.isFull || (!isKnown && !this.isIdle)) this.#isDue = true;
    const { node } = this.#ground;
    return packer.packed({ node, seq: ++this.#seq, epoch: this.#epoch, isFirst: this.#isFirst });
  }

  /** It came and went while no host knew of it. */
  #dismiss(member: LocalMember): void {
    this.#withNews.delete(member);
    if (!this.#members.delete(member.id)) return;
    for (const farewell of member.farewell()) this.forget(farewell);
  }

  /** Undefined if the line was closed before anybody answered. The same report goes again. */
  async #asked(
    report: Report,
  ): Promise<{ readonly answer: ReportAnswer | undefined; readonly isUncertain: boolean }> {
    const { requests } = this.#ground;
    const question = encoded(report);
    let isUncertain = false;
    while (!this.#isClosed) {
      try {
        const timeoutMs = SHARED_ANSWER_MS;
        const answer = await requests.ask(hostName(this.#partition), question, { timeoutMs });
        if (answer !== undefined) return { answer: decoded<ReportAnswer>(answer), isUncertain };
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        isUncertain = true;
      }
      await this.#pause(SHARED_AGAIN_MS);
    }
    return { answer: undefined, isUncertain };
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#ground.clock.schedule(delayMs, resolve));
  }

  /** A host that fails has written so much at least by the next heartbeat. */
  #isKnownThrough(): void {
    if (this.#isDue || this.#ground.clock.nowMs() < this.#knownMs + SHARED_HEARTBEAT_MS) return;
    this.#knownMs = this.#ground.clock.nowMs();
    this.#since = this.#nextSince;
    this.#nextSince = this.#ground.deliveredThrough();
  }

  /** Tells a host everything from the beginning. */
  #begin(
    { epoch }: ReportAnswer,
    { packed, isUncertain }: { readonly packed: Packed; readonly isUncertain: boolean },
  ): void {
    // What a host may have been told it may have handed to another member.
    if (!isUncertain) {
      for (const [name, handed] of packed.returned) this.#accounts.returned(name, handed);
      this.#accountsDue.push(...packed.report.accounts);
    }
    for (const { returned, ...name } of this.#accountsDue) {
      for (const handed of returned) this.#accounts.returned(name, handed);
    }
    for (const each of [...packed.farewells, ...packed.report.forgotten]) this.forget(each);
    this.#epoch = epoch;
    this.#isFirst = true;
    this.#told = 0;
    for (const member of [...this.#members.values()]) {
      this.#takeReturned(member);
      if (member.awaySeconds !== undefined) this.#dismiss(member);
    }
    const staying = [...this.#members.values()];
    this.#members.clear();
    for (const member of staying) {
      member.forgetHost(this.#ground.newMemberId());
      this.#members.set(member.id, member);
    }
    this.#accountsDue = [...this.#accounts.take()];
    this.#isDue = true;
  }

  /** What no host was told of: none has handed it to another member. */
  #takeReturned(member: LocalMember): void {
    const wasLeft = member.awaySeconds !== undefined;
    const { returned } = member.report();
    for (const handed of returned) this.#accounts.returned(member.name, handed);
    if (!wasLeft) this.#withNews.delete(member);
  }
}
