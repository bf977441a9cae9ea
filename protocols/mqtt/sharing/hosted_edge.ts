import { SHARED_NODE_AWAY_SECONDS } from "../limits.ts";
import type { SharedGroup, SharedGroups } from "../outgoing/mod.ts";
import { EdgeLine, type EdgeLineGround } from "./edge_line.ts";
import { type GroupLoad, RemoteMember } from "./remote_member.ts";
import type { GroupName, MemberNews, RemoteJoin, Report } from "./wire.ts";

export interface HostedEdgeGround extends EdgeLineGround {
  readonly groups: SharedGroups;
  /** How much is under way to all members of a group. */
  readonly loadOf: (group: SharedGroup) => GroupLoad;
  readonly epoch: string;
}

interface Hosted {
  readonly member: RemoteMember;
  readonly name: GroupName;
  readonly awaySeconds: number;
  readonly leave: (awaySeconds: number) => void;
}

/** One node and its members in the groups of one partition, as their host sees it. */
export class HostedEdge {
  readonly #ground: HostedEdgeGround;
  readonly #node: string;
  readonly #members = new Map<number, Hosted>();
  /** No members any more, and what they had is not acknowledged yet. */
  readonly #leaving = new Map<number, RemoteMember>();
  /** Members by group. */
  readonly #present = new Map<string, number>();
  #line: EdgeLine;
  #seq = 0;
  heardMs: number;

  constructor(ground: HostedEdgeGround, node: string) {
    this.#ground = ground;
    this.#node = node;
    this.heardMs = ground.clock.nowMs();
    this.#line = this.#newLine();
  }

  get members(): number {
    return this.#members.size;
  }

  /** Each report counts once, however often it comes. */
  take({ seq, isFirst, accounts, joins, news, forgotten }: Report): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    if (isFirst) this.drop();
    for (const account of accounts) {
      const group = this.#group(account);
      for (const place of account.finished) group.account(place);
      for (const owed of account.returned) group.giveBack(owed);
    }
    for (const join of joins) this.#join(join);
    for (const each of news) this.#hear(each);
    for (const { key, ...away } of forgotten) this.#ground.groups.forget(key, away);
  }

  /** Nothing was heard of it for too long, or nobody is there. */
  drop(): void {
    void this.#line.stop();
    for (const hosted of this.#members.values()) this.#leave(hosted, { ...hosted, isLost: true });
    const members = [...this.#members.values().map(({ member }) => member)];
    for (const member of [...members, ...this.#leaving.values()]) member.drop();
    this.#members.clear();
    this.#leaving.clear();
    this.#line = this.#newLine();
  }

  /** Hands nothing on any more; what was not sent is owed. */
  async stop(): Promise<void> {
    for (const { member } of this.#members.values()) member.close();
    await this.#line.stop();
    for (const { member } of this.#members.values()) member.giveBackUnsent();
    for (const member of this.#leaving.values()) member.giveBackUnsent();
  }

  #join(join: RemoteJoin): void {
    const { id, key, subtopicFilter, maximumQos, window, kept, since, underWay } = join;
    const { groups, loadOf } = this.#ground;
    const group = this.#group(join);
    const member = new RemoteMember({ id, window }, { line: this.#line, load: loadOf(group) });
    member.adopt(underWay.map((each) => group.adopt(each)));
    group.wants(since);
    this.#count(join, { more: 1, isLost: false });
    const leave = groups.join(key, {
      member,
      // The rest of them is known where its client is.
      terms: { maximumQos },
      subtopicFilter,
      ...(kept === undefined ? {} : { kept }),
    });
    const name = { key, subtopicFilter };
    this.#members.set(id, { member, name, leave, awaySeconds: kept?.expirySeconds ?? 0 });
  }

  #hear({ id, settled, undelivered, left }: MemberNews): void {
    const hosted = this.#members.get(id);
    const member = hosted?.member ?? this.#leaving.get(id);
    if (member === undefined) return;
    member.settled(settled);
    if (left !== undefined && hosted !== undefined) {
      this.#members.delete(id);
      this.#leaving.set(id, member);
      // What it gives back must find it gone.
      member.close();
      this.#leave(hosted, { ...left, isLost: false });
      member.sawNothingBehind(left.seen);
    }
    member.undelivered(undelivered);
    if (member.isIdle) this.#leaving.delete(id);
  }

  #leave(
    { leave, name }: Hosted,
    { awaySeconds, isLost }: { readonly awaySeconds: number; readonly isLost: boolean },
  ): void {
    leave(awaySeconds);
    this.#count(name, { more: -1, isLost });
  }

  /** The node itself is waited for like a session: a group must outlive the silence of its nodes. */
  #count(
    name: GroupName,
    { more, isLost }: { readonly more: 1 | -1; readonly isLost: boolean },
  ): void {
    const { key, subtopicFilter } = name;
    const groupName = JSON.stringify(key);
    const count = (this.#present.get(groupName) ?? 0) + more;
    const session = `node ${this.#node}`;
    if (count === 0) {
      this.#present.delete(groupName);
      const awaySeconds = isLost ? SHARED_NODE_AWAY_SECONDS : 0;
      return this.#ground.groups.forget(key, { session, subtopicFilter, awaySeconds });
    }
    this.#present.set(groupName, count);
    if (count === 1 && more === 1) this.#group(name).attend(session, SHARED_NODE_AWAY_SECONDS);
  }

  #group({ key, subtopicFilter }: GroupName): SharedGroup {
    return this.#ground.groups.group(key, subtopicFilter);
  }

  #newLine(): EdgeLine {
    const line: EdgeLine = new EdgeLine(this.#ground, {
      node: this.#node,
      epoch: this.#ground.epoch,
      onGone: () => {
        if (line === this.#line) this.drop();
      },
      onRoom: () => {
        for (const { member } of this.#members.values()) member.wake();
      },
    });
    return line;
  }
}
