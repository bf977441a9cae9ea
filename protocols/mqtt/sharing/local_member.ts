import type { LogPlace } from "../../../actors/mod.ts";
import { SHARED_REPORT_AT } from "../limits.ts";
import type { HandedBefore, SharedHanding, SharedJoin } from "../outgoing/mod.ts";
import {
  type Forgotten,
  type GroupName,
  type Handed,
  type MemberNews,
  placeName,
  type RemoteJoin,
} from "./wire.ts";

export interface LocalMemberOptions {
  readonly id: number;
  readonly name: GroupName;
  readonly joined: SharedJoin;
  /** Everything up to this position was told here before it came. */
  readonly since: number;
  /** Something is to be reported. */
  readonly onNews: (news: { readonly settled?: LogPlace }) => void;
}

/** What the next report says of a member, and what of it was given back of QoS 2. */
export interface ReportedMember {
  readonly news: MemberNews;
  readonly returned: readonly HandedBefore[];
}

/** A member at this node, in a group that may be hosted by another one. */
export class LocalMember {
  /** For the host that is told of it now. */
  id: number;
  readonly name: GroupName;
  readonly #options: LocalMemberOptions;
  /** By place: what it has and has not acknowledged. */
  readonly #underWay = new Map<string, HandedBefore>();
  #settled: LogPlace[] = [];
  #undelivered: HandedBefore[] = [];
  #seen = 0;
  /** The host knows of it. */
  isTold = false;
  /** For how long its session may stay away; undefined while it is a member. */
  #awaySeconds: number | undefined;
  #hasLeftNews = false;

  constructor(options: LocalMemberOptions) {
    this.id = options.id;
    this.name = options.name;
    this.#options = options;
  }

  get awaySeconds(): number | undefined {
    return this.#awaySeconds;
  }

  /** Acknowledgements that its host should hear of at once. */
  get hasManySettled(): boolean {
    const { window } = this.#options.joined.member;
    return this.#settled.length >= Math.min(SHARED_REPORT_AT, window / 4);
  }

  get hasNews(): boolean {
    return this.#settled.length > 0 || this.#undelivered.length > 0 || this.#hasLeftNews;
  }

  /** It has left, and there is nothing to say of it any more. */
  get isDone(): boolean {
    return this.#awaySeconds !== undefined && this.#underWay.size === 0 && !this.hasNews;
  }

  /** A message for it; a second time it changes nothing. */
  take({ serial, message }: Handed): void {
    if (this.#awaySeconds !== undefined || serial <= this.#seen) return;
    this.#seen = serial;
    const { member, terms } = this.#options.joined;
    const qos = Math.min(message.qos, terms.maximumQos) as 0 | 1 | 2;
    if (qos === 0 || message.place === undefined) return member.deliverShared(message, terms);
    const { position, index } = message.place;
    const handed = {
      place: [position, index],
      receivedMs: message.receivedUs / 1_000,
      qos,
    } as const;
    this.#underWay.set(placeName(handed.place), handed);
    member.deliverShared(message, terms, this.#handing(handed));
  }

  leave(awaySeconds: number): void {
    this.#awaySeconds = awaySeconds;
    this.#hasLeftNews = true;
    this.#options.onNews({});
  }

  /** What groups hear of its session, if that outlives it. */
  farewell(): readonly Forgotten[] {
    const { name, joined: { kept } } = this.#options;
    const awaySeconds = this.#awaySeconds ?? 0;
    return kept === undefined ? [] : [{ ...name, session: kept.session, awaySeconds }];
  }

  /** As it is told to a host that does not know it; everything up to `since` is settled. */
  join(since: number): RemoteJoin {
    const { name: { key, subtopicFilter }, joined } = this.#options;
    const { member, terms, kept } = joined;
    return {
      id: this.id,
      key,
      subtopicFilter,
      maximumQos: terms.maximumQos,
      window: member.window,
      since: Math.max(since, this.#options.since),
      underWay: [...this.#underWay.values()],
      ...(kept === undefined ? {} : { kept }),
    };
  }

  /** What the host has to know, once. */
  report(): ReportedMember {
    const settled = this.#settled;
    const undelivered = this.#undelivered;
    this.#settled = [];
    this.#undelivered = [];
    const left = this.#hasLeftNews && this.#awaySeconds !== undefined
      ? { left: { awaySeconds: this.#awaySeconds, seen: this.#seen } }
      : {};
    this.#hasLeftNews = false;
    return {
      news: { id: this.id, settled, undelivered: undelivered.map(({ place }) => place), ...left },
      returned: undelivered.filter(({ qos }) => qos === 2),
    };
  }

  /** Whoever hosts it begins to count anew, and what was sent before means another one. */
  forgetHost(id: number): void {
    this.id = id;
    this.isTold = false;
    this.#seen = 0;
  }

  #handing(handed: HandedBefore): SharedHanding {
    const name = placeName(handed.place);
    const { onNews } = this.#options;
    // It may have come a second time meanwhile, after it was given back.
    const isOver = () => this.#underWay.get(name) !== handed || !this.#underWay.delete(name);
    return {
      group: this,
      ...handed,
      onUndelivered: () => {
        if (isOver()) return;
        this.#undelivered.push(handed);
        onNews({});
      },
      onSettled: () => {
        if (isOver()) return;
        this.#settled.push(handed.place);
        onNews({ settled: handed.place });
      },
    };
  }
}
