import type { Logger } from "../../../actors/mod.ts";
import type { ChannelLog, LogGap } from "../../../projections/mod.ts";
import type { SessionFacts } from "../facts.ts";
import type { CatchUpTurns, Lane } from "../outgoing/mod.ts";

/** The session that came back. */
interface Resumed {
  readonly ground: {
    readonly channelLog: Pick<ChannelLog, "gap">;
    readonly turns: Pick<CatchUpTurns, "want">;
    readonly logger: Logger;
  };
  readonly facts: Pick<SessionFacts, "messagesGone">;
  readonly outbound: { readonly isClosed: boolean };
}

interface Place {
  readonly channelId: string;
  readonly position: number;
  readonly sinceMs: number;
}

/**
 * What a session came back for and the log has lost. The session goes on with what is there; that
 * something is missing is told once, as a fact of its connection. One that ends before is told when
 * it comes again.
 */
export class GoneMessages {
  readonly #session: Resumed;
  readonly #gone = new Map<string, LogGap>();
  #places: Place[] = [];

  constructor(session: Resumed) {
    this.#session = session;
  }

  add(channelId: string, { fromMs, toMs }: LogGap): void {
    const known = this.#gone.get(channelId);
    this.#gone.set(channelId, {
      fromMs: Math.min(fromMs, known?.fromMs ?? Infinity),
      toMs: Math.max(toMs, known?.toMs ?? 0),
    });
  }

  /** Looks at where these lanes stand now, one in each turn of those that read the log, and tells. */
  lookBehind(lanes: readonly Lane[]): void {
    this.#places = lanes.map(({ channelId, next, sinceMs }) => ({
      channelId,
      position: next[0],
      sinceMs,
    }));
    this.#session.ground.turns.want(() => this.#turn());
  }

  /** Never rejects: that something is missing is worth a line, and no connection. */
  async #turn(): Promise<{ readonly outcome: "again" | "over" }> {
    const { ground: { channelLog, logger }, facts, outbound } = this.#session;
    const place = this.#places.pop();
    if (outbound.isClosed) return { outcome: "over" };
    if (place === undefined) {
      if (this.#gone.size > 0) facts.messagesGone(this.#gone);
      return { outcome: "over" };
    }
    try {
      const gap = await channelLog.gap(place.channelId, place);
      if (gap !== undefined) this.add(place.channelId, gap);
    } catch (error) {
      logger.warn("lost messages are not looked for", { error: String(error) });
    }
    return { outcome: "again" };
  }
}
