import {
  decodeMessageBatch,
  InvariantViolation,
  jsonMessage,
  type LogPlace,
  MessageBatchWriter,
  type MessageOrigin,
  readJsonMessage,
  type SharedKey,
} from "../../../actors/mod.ts";
import { type LiveMessage, RenderedFrames } from "../../../projections/mod.ts";
import type { HandedBefore } from "../outgoing/mod.ts";

/** Where a node answers for the groups of a partition that it has. */
export function hostName(partition: number): string {
  return `shared.${partition}`;
}

/** Where a node takes messages for its members. */
export function nodeName(node: string): string {
  return `shared-node.${node}`;
}

/** Where a node says that it has a partition from now on. */
export const HOSTS = "shared-hosts";

/** Which group, and what its channel's messages must match. */
export interface GroupName {
  readonly key: SharedKey;
  readonly subtopicFilter: string;
}

/** A member, as its node tells of it. */
export interface RemoteJoin extends GroupName {
  /** Among all that this node ever told of. */
  readonly id: number;
  readonly maximumQos: 0 | 1 | 2;
  readonly window: number;
  readonly kept?: { readonly session: string; readonly expirySeconds: number };
  /** Everything up to this position was told at the node before the member came. */
  readonly since: number;
  /** What a host before this one had handed to it. */
  readonly underWay: readonly HandedBefore[];
}

/** What a node knows of a group that comes to another host. */
export interface GroupAccount extends GroupName {
  /** Acknowledged by its members. */
  readonly finished: readonly LogPlace[];
  /** Of QoS 2, and not sent to their clients. */
  readonly returned: readonly Pick<HandedBefore, "place" | "receivedMs">[];
}

/** What became of messages of one member. */
export interface MemberNews {
  readonly id: number;
  readonly settled: readonly LogPlace[];
  readonly undelivered: readonly LogPlace[];
  /** It is a member no more; what it was sent behind `seen` did not reach it. */
  readonly left?: { readonly awaySeconds: number; readonly seen: number };
}

export interface Forgotten extends GroupName {
  readonly session: string;
  readonly awaySeconds: number;
}

/** What a node tells a host; all of it counts once, and only with the host that it names. */
export interface Report {
  readonly node: string;
  /** Grows with each report to this partition. */
  readonly seq: number;
  /** Which host is meant; empty if none is known. */
  readonly epoch: string;
  /** The node begins anew: of all that it told this host before nothing is left. */
  readonly isFirst: boolean;
  readonly accounts: readonly GroupAccount[];
  readonly joins: readonly RemoteJoin[];
  readonly news: readonly MemberNews[];
  readonly forgotten: readonly Forgotten[];
}

export interface ReportAnswer {
  /** Who has the partition now: whoever was told of another one must tell everything again. */
  readonly epoch: string;
  /** Members that it knows of this node. */
  readonly members: number;
}

/** A message on its way to one member. */
export interface Handed {
  readonly id: number;
  /** Grows with each message to this member. */
  readonly serial: number;
  readonly message: LiveMessage;
}

/** Where messages stand in the log is told beside them; QoS 0 stands nowhere. */
interface PieceHead {
  readonly epoch: string;
  readonly channelIds: readonly string[];
  readonly items: readonly (readonly [
    id: number,
    serial: number,
    channel: number,
    receivedUs: number,
    position: number,
    index: number,
  ])[];
}

/** The answer to messages that were taken, and to those from a host that the node does not know. */
export const TAKEN = "taken";
export const UNKNOWN_HOST = "unknown host";

const HEAD_LENGTH_BYTES = 4;

export function encoded(value: Report | ReportAnswer | string | number): Uint8Array {
  return jsonMessage(value);
}

/** What another node of this installation said: of this program, in this version or another one. */
export function decoded<T extends Report | ReportAnswer | string | number>(bytes: Uint8Array): T {
  return readJsonMessage<T>(bytes);
}

/** Bytes that it comes to, or a little more. */
export function handedBytes({ message }: Handed): number {
  const { payload, properties, subtopic, contentType } = message;
  const texts = subtopic.length + contentType.length;
  return payload.length + (properties?.length ?? 0) + 3 * texts + ITEM_BYTES;
}

/** What a message takes beside its own bytes: its record and origin, and its place in the head. */
const ITEM_BYTES = 200;

/** The bytes of messages to members at one node, in their order. */
export function encodedPiece(epoch: string, handed: readonly Handed[]): Uint8Array {
  const writer = new MessageBatchWriter();
  const origins = new Map<MessageOrigin, number>();
  const channels = new Map<string, number>();
  const items = handed.map(({ id, serial, message }) => {
    const { origin, subtopic, payload, place, channelId, receivedUs } = message;
    let originIndex = origins.get(origin);
    if (originIndex === undefined) origins.set(origin, originIndex = writer.origin(origin));
    let channel = channels.get(channelId);
    if (channel === undefined) channels.set(channelId, channel = channels.size);
    const subtopicIndex = writer.subtopic(subtopic);
    writer.add({ ...message, originIndex, subtopicIndex }, payload, 0, payload.length);
    const { position, index } = place ?? { position: 0, index: 0 };
    return [id, serial, channel, receivedUs, position, index] as const;
  });
  const batch = writer.finish();
  const head: PieceHead = { epoch, channelIds: [...channels.keys()], items };
  const headBytes = jsonMessage(head);
  const bytes = new Uint8Array(HEAD_LENGTH_BYTES + headBytes.length + batch.length);
  new DataView(bytes.buffer).setUint32(0, headBytes.length);
  bytes.set(headBytes, HEAD_LENGTH_BYTES);
  bytes.set(batch, HEAD_LENGTH_BYTES + headBytes.length);
  return bytes;
}

export function decodedPiece(
  bytes: Uint8Array,
): { readonly epoch: string; readonly handed: readonly Handed[] } {
  const headBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const batchAt = HEAD_LENGTH_BYTES + headBytes;
  const head = readJsonMessage<PieceHead>(bytes.subarray(HEAD_LENGTH_BYTES, batchAt));
  const { epoch, channelIds, items } = head;
  const { messages } = decodeMessageBatch(bytes.subarray(batchAt));
  if (messages.length !== items.length) {
    throw new InvariantViolation(
      `Cannot take messages for members: ${items.length} were told and ${messages.length} came`,
    );
  }
  const handed = messages.map((message, at): Handed => {
    const [id, serial, channel, receivedUs, position, index] = items[at]!;
    const place = position === 0 ? {} : { place: { position, index } };
    const channelId = channelIds[channel]!;
    const rendered = new RenderedFrames();
    return { id, serial, message: { ...message, channelId, receivedUs, ...place, rendered } };
  });
  return { epoch, handed };
}

export function placeName([position, index]: LogPlace): string {
  return `${position} ${index}`;
}
