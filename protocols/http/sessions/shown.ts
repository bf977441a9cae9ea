import type {
  Finding,
  RefusalRecord,
  SessionRecord,
  SubscriptionRecord,
} from "../../../projections/mod.ts";
import type { Carried } from "../device_edge.ts";
import { shownCode } from "./reason_names.ts";

type Shown = Readonly<Record<string, unknown>>;

/** `carried` is what an open connection has counted so far; nothing if the answer is of the past. */
export function shownSession(record: SessionRecord, carried?: Carried): Shown {
  const { ended, tls } = record;
  return {
    n: record.number,
    id: record.sessionId,
    client_id: record.clientId,
    edge: record.edge,
    address: record.address,
    protocol: record.protocol,
    protocol_version: record.protocolVersion,
    transport: record.transport ?? "tcp",
    ...(tls === undefined ? {} : {
      tls: {
        protocol: tls.protocol,
        cipher: tls.cipher,
        ...(tls.serverName === undefined ? {} : { server_name: tls.serverName }),
        ...(tls.certificate === undefined ? {} : { certificate: tls.certificate }),
      },
    }),
    keep_alive_seconds: record.keepAliveSeconds,
    clean_start: record.cleanSession,
    ...(record.expiry === undefined ? {} : {
      session_expiry: {
        ...(record.expiry.askedSeconds === undefined
          ? {}
          : { asked_seconds: record.expiry.askedSeconds }),
        granted_seconds: record.expiry.grantedSeconds,
      },
    }),
    session_present: record.resumed !== undefined,
    ...(record.resumed === undefined || record.resumed.more === 0
      ? {}
      : { subscriptions_not_listed: record.resumed.more }),
    ...(record.gone === undefined ? {} : shownGone(record.gone)),
    connected: ended === undefined,
    from: instant(record.fromMs),
    ...(ended === undefined ? shownCounts(carried) : { ...shownEnd(ended), ...shownCounts(ended) }),
    refused: record.refused,
  };
}

function shownGone({ channels, more }: NonNullable<SessionRecord["gone"]>): Shown {
  return {
    messages_gone: channels.map(({ channelId, fromMs, toMs }) => ({
      channel_id: channelId,
      from: instant(fromMs),
      to: instant(toMs),
    })),
    ...(more === 0 ? {} : { messages_gone_not_listed: more }),
  };
}

/** Where the platform was killed nobody counted, and nobody knows who ended it. */
function shownEnd(ended: NonNullable<SessionRecord["ended"]>): Shown {
  return {
    to: instant(ended.toMs),
    end: {
      reason: ended.reason,
      ...shownCode(ended.reasonCode),
      ...(ended.endedBy === undefined ? {} : { by: ended.endedBy }),
      clean: ended.clean,
    },
  };
}

function shownCounts(carried: Carried | undefined): Shown {
  if (carried === undefined) return {};
  const { bytesReceived, bytesSent } = carried;
  return {
    counts: {
      messages_received: carried.messagesReceived,
      messages_sent: carried.messagesSent,
      messages_dropped: carried.messagesDropped,
      ...(bytesReceived === undefined ? {} : { bytes_received: bytesReceived }),
      ...(bytesSent === undefined ? {} : { bytes_sent: bytesSent }),
    },
  };
}

const CAUSES = {
  client: "the client unsubscribed",
  access: "the right to read it was taken away",
  replaced: "the client subscribed to it anew",
  end: "the connection ended",
} as const;

export function shownSubscription({ filter, options, fromMs, ended }: SubscriptionRecord): Shown {
  const { qos, noLocal, retainAsPublished, retainHandling, identifier } = options;
  return {
    filter,
    qos,
    no_local: noLocal === true,
    retain_as_published: retainAsPublished === true,
    retain_handling: retainHandling ?? 0,
    ...(identifier === undefined ? {} : { identifier }),
    from: instant(fromMs),
    ...(ended === undefined ? {} : { to: instant(ended.toMs), ended_because: CAUSES[ended.cause] }),
  };
}

export function shownRefusal(refusal: RefusalRecord): Shown {
  const { action, topic, reason, reasonCode, count, firstMs, lastMs, clientId, address } = refusal;
  return {
    action,
    ...(topic === "" ? {} : { topic }),
    reason,
    ...shownCode(reasonCode),
    count,
    first_at: instant(firstMs),
    last_at: instant(lastMs),
    client_id: clientId,
    address,
  };
}

export function shownFinding({ kind, text, count, firstMs, lastMs }: Finding): Shown {
  return { kind, text, count, first_at: instant(firstMs), last_at: instant(lastMs) };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
