import { ReasonCode } from "./codec/mod.ts";
import { NOTICE_MEANING, NOTICE_TOPIC } from "./notices.ts";
import type { OpenSession } from "./open_session.ts";
import type { SubscriptionRequest } from "./subscriptions.ts";
import { messageFilterOf, sharedFilterOf, withinBounds } from "./topics.ts";
import { readableChannels, type TopicRefusal } from "./translate.ts";

/** A filter with its options, as a SUBSCRIBE brings it or a session kept it. */
export interface AskedSubscription {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier?: number;
  /** Only messages after this position are meant. */
  readonly since: number;
}

/** What a filter comes to for this session's thing, or why it may not have it. Throws MqttError. */
export function meaningOf(
  session: OpenSession,
  asked: AskedSubscription,
): SubscriptionRequest | TopicRefusal {
  const { filter, qos, noLocal, retainAsPublished, identifier, since } = asked;
  const share = sharedFilterOf(filter, session.version);
  const meaning = filter === NOTICE_TOPIC
    ? NOTICE_MEANING
    : withinBounds(filter)
    ? messageFilterOf(share?.filter ?? filter)
    : undefined;
  if (meaning === undefined) {
    return {
      refused: "the filter comes to none of 'channels/<id>/messages' and 'm/<domain>/c/<id>'",
      reasonCode: ReasonCode.topicFilterInvalid,
    };
  }
  const by = { thingId: session.thingId, access: session.ground.access };
  const namesChannel = meaning.channelId !== undefined && meaning.isNotice !== true;
  if (namesChannel && readableChannels(meaning, by).length === 0) {
    return {
      refused: "the thing may not subscribe to this channel",
      reasonCode: ReasonCode.notAuthorized,
    };
  }
  return {
    filter,
    meaning,
    terms: {
      maximumQos: qos,
      ...(noLocal ? { noLocal } : {}),
      ...(retainAsPublished ? { retainAsPublished } : {}),
      ...(identifier === undefined ? {} : { identifier }),
      since,
    },
    ...(share === undefined ? {} : { share }),
  };
}
