import { encodeProperties } from "../../actors/mod.ts";
import { type ProtocolVersion, ReasonCode, textBytes, writePublish } from "./codec/mod.ts";
import type { MessageFilter } from "./topics.ts";

/** Where the platform tells a session what happened to it, if the session asks for it. */
export const NOTICE_TOPIC = "$millrace/session";

/** It comes to no channel, and to no topic but this one. */
export const NOTICE_MEANING: MessageFilter = {
  form: "channels",
  channelId: "",
  subtopicFilter: "",
  isNotice: true,
};

/** A PUBLISH of QoS 0: the filter is gone, because the thing may no longer read its channel. */
export function withdrawnNotice(filter: string, version: ProtocolVersion): Uint8Array {
  const payload = textBytes(JSON.stringify({
    event: "unsubscribed",
    filter,
    code: ReasonCode.notAuthorized,
    reason: "the thing may no longer subscribe to this channel",
  }));
  const properties = version === 5
    ? encodeProperties({ contentType: "application/json" })
    : undefined;
  return writePublish(textBytes(NOTICE_TOPIC), {
    qos: 0,
    retain: false,
    payload,
    ...(properties === undefined ? {} : { properties }),
  });
}
