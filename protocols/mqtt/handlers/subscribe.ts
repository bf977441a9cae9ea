import {
  type FrameReader,
  notAllowed,
  readSubscribe,
  ReasonCode,
  type TopicRequest,
  writeSuback,
} from "../codec/mod.ts";
import { REASON_LENGTH_MAX } from "../limits.ts";
import type { OpenSession } from "../open_session.ts";
import type { Owed } from "../outgoing/mod.ts";
import { meaningOf } from "../subscription_meaning.ts";
import { checkAnswerFits } from "./answer_size.ts";
import { checkTopicFilter, sharedFilterOf } from "../topics.ts";
import { SUBSCRIPTION_REFUSED, type TopicRefusal } from "../translate.ts";

/** A filter that was taken apart, before it is looked at what it comes to. */
interface Asked {
  readonly request: TopicRequest;
  readonly isShared: boolean;
  readonly identifier: number | undefined;
}

/** A granted filter, and the retained messages that it is owed. */
interface Granted {
  readonly qos: 0 | 1 | 2;
  readonly owed?: Owed;
}

export function handleSubscribe(session: OpenSession, frame: FrameReader): void {
  const startedMs = performance.now();
  const { packetId, properties, requests } = readSubscribe(frame, session.version);
  checkAnswerFits(session, requests.length);
  const identifier = properties.subscriptionIdentifier;
  const asked = requests.map((request) => checked(request, { session, identifier }));
  const owed: Owed[] = [];
  /** Why the first filter was refused that was: there is one place for words. */
  let reasonString: string | undefined;
  // [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT5-3.8.4-5] [MQTT5-3.8.4-6]: one after the other,
  // answered together in order.
  const codes = asked.map((each) => {
    const outcome = subscribe(session, { ...each, owedBefore: owed.length });
    if ("refused" in outcome) {
      reasonString ??= `'${each.request.filter}': ${outcome.refused}`.slice(0, REASON_LENGTH_MAX);
      return refuse(session, each.request, outcome);
    }
    if (outcome.owed !== undefined) owed.push(outcome.owed);
    return outcome.qos; // [MQTT5-3.8.4-7]
  });
  // [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.3.1-7] [MQTT5-3.8.4-1] [MQTT5-3.8.4-2] [MQTT5-2.2.1-6]
  const { wordsBytesMax } = session.outbound.client;
  const answer = () => {
    const suback = { packetId, codes, reasonString, wordsBytesMax };
    session.out.append(writeSuback(session.version, suback));
    session.ground.counters.subscribe.observeSince(startedMs);
    for (const each of owed) session.retainedReplay.add(each);
  };
  if (session.keeper === undefined) answer();
  else session.keeper.subscribed(answer);
}

function checked(
  request: TopicRequest,
  { session, identifier }: {
    readonly session: OpenSession;
    readonly identifier: number | undefined;
  },
): Asked {
  const share = sharedFilterOf(request.filter, session.version);
  checkTopicFilter(share?.filter ?? request.filter);
  // [MQTT5-3.8.3-4]
  if (share !== undefined && request.noLocal) {
    throw notAllowed(`Cannot share '${request.filter}': no local is not for shared subscriptions`);
  }
  return { request, isShared: share !== undefined, identifier };
}

/**
 * The position after which messages are meant. Replacing a subscription does not interrupt the flow
 * of messages [MQTT-3.8.4-3] [MQTT5-3.8.4-4]: what the session missed and still waits for is meant.
 */
function sinceOf({ subscriptions, ground }: OpenSession, filter: string): number {
  const replaced = subscriptions.has(filter)
    ? subscriptions.all.find((each) => each.filter === filter)?.terms.since
    : undefined;
  return replaced ?? ground.ingress.deliveredThrough;
}

function subscribe(
  session: OpenSession,
  asked: Asked & { readonly owedBefore: number },
): Granted | TopicRefusal {
  const { limits } = session.ground;
  const { request, identifier } = asked;
  const { filter, qos, retainHandling } = request;
  const named = identifier === undefined ? {} : { identifier };
  const meant = meaningOf(session, { ...request, ...named, since: sinceOf(session, filter) });
  if ("refused" in meant) return meant;
  const isNew = !session.subscriptions.has(filter);
  // [MQTT5-3.3.1-9] [MQTT5-3.3.1-10] [MQTT5-3.3.1-11]; what is shared gets none: section 4.8.2.
  const getsRetained = !asked.isShared &&
    (retainHandling === 0 || (retainHandling === 1 && isNew));
  // A filter can be subscribed to again and again, and each time costs a search.
  if (
    getsRetained && session.retainedReplay.pending + asked.owedBefore >= limits.retainedPendingMax
  ) {
    return {
      refused: "too many filters at once: retained messages are still on their way",
      reasonCode: ReasonCode.quotaExceeded,
    };
  }
  if (!session.subscriptions.add(meant)) {
    const { subscriptionsMax, listensMax } = limits;
    return {
      refused: `a connection has ${subscriptionsMax} filters and ${listensMax} channels`,
      reasonCode: ReasonCode.quotaExceeded,
    };
  }
  session.facts.subscribed(asked.request, asked.identifier);
  // Taken when it listens already: what was told before is retained, what comes after is live.
  const until = session.ground.retained.toldThrough;
  return getsRetained ? { qos, owed: { ...meant, until } } : { qos };
}

function refuse(
  session: OpenSession,
  { filter }: TopicRequest,
  { refused: reason, reasonCode }: TopicRefusal,
): number {
  session.ground.counters.actionsRefused++;
  session.ground.counters.refusals.addCode("subscribe", reasonCode);
  session.facts.refused({ action: "subscribe", topic: filter, reason, reasonCode });
  return session.version === 5 ? reasonCode : SUBSCRIPTION_REFUSED; // [MQTT5-3.9.3-2]
}
