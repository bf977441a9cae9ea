/** The protocol by which a message arrived; the reader API shows this word. */
export type MessageProtocol = "mqtt" | "http" | "ws" | "coap";

/** Shared by all messages of one connection or request inside a batch. */
export interface MessageOrigin {
  /** UUID of the thing (or user) that published. */
  readonly publisher: string;
  readonly protocol: MessageProtocol;
  /** `ip:port` of the peer. */
  readonly remoteAddress: string;
  /** UUID of the MQTT connection or the HTTP request that brought it. */
  readonly correlationId: string;
}

/**
 * What the bytes of a payload are, as declared by the publisher. MQTT 3.1.1 declares nothing:
 * `unspecified` payloads are recognised by looking at them.
 */
export type ContentKind = "unspecified" | "senml+json" | "senml+cbor" | "json" | "opaque";

/** One message, as read back from its batch. */
export interface Message {
  readonly origin: MessageOrigin;
  /** Place inside its batch, 0-based: with the event's position it names the message for ever. */
  readonly index: number;
  /** The levels after `messages/`, as `subtopicOfLevels` writes them; empty if there are none. */
  readonly subtopic: string;
  /** Microseconds since the Unix epoch when the edge had the whole message. */
  readonly receivedUs: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly contentKind: ContentKind;
  /** The declared media type where `contentKind` is `opaque`; empty otherwise. */
  readonly contentType: string;
  /** As `encodeProperties` wrote them, if the publisher gave any. A view, like the payload. */
  readonly properties?: Uint8Array;
  /**
   * Of QoS 2 from a session that outlives its connection: the packet id under which it came, so that
   * a platform that was killed still knows a repetition.
   */
  readonly packetId?: number;
  /** A view into the batch: copy it to keep it. */
  readonly payload: Uint8Array;
}

const MEDIA_TYPES: Readonly<Record<ContentKind, string>> = {
  unspecified: "",
  "senml+json": "application/senml+json",
  "senml+cbor": "application/senml+cbor",
  json: "application/json",
  opaque: "application/octet-stream",
};

/** The media type to tell readers; empty if the publisher said nothing. */
export function mediaTypeOf(
  { contentKind, contentType }: Pick<Message, "contentKind" | "contentType">,
): string {
  return contentType === "" ? MEDIA_TYPES[contentKind] : contentType;
}

/** Maps a Content-Type header (parameters ignored) to the kind that readers understand. */
export function contentKindOf(contentType: string): ContentKind {
  switch (contentType.split(";", 1)[0]!.trim().toLowerCase()) {
    case "":
      return "unspecified";
    case "application/senml+json":
      return "senml+json";
    case "application/senml+cbor":
      return "senml+cbor";
    case "application/json":
      return "json";
    default:
      return "opaque";
  }
}
