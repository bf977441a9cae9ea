import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import type { Expected, ProposedEvent, StoredEvent } from "./memory_log.ts";

const decoder = new TextDecoder();
const TICKS_PER_MS = 10_000n;

export function streamName(identifier: shared.StreamIdentifier | undefined): string {
  return decoder.decode(identifier?.getStreamName_asU8());
}

/** What the requests of appending and deleting have in common, under their several names. */
interface Expecting {
  hasAny(): boolean;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
}

export function expectedOf(options: Expecting, exact: () => string): Expected {
  if (options.hasAny()) return "any";
  if (options.hasNoStream()) return "no_stream";
  if (options.hasStreamExists()) return "stream_exists";
  return Number(exact());
}

export function proposedOf(
  message: streams.BatchAppendReq.ProposedMessage | streams.AppendReq.ProposedMessage,
): ProposedEvent {
  const about = message.getMetadataMap();
  return {
    id: message.getId()!.getString(),
    type: about.get("type")!,
    contentType: about.get("content-type")!,
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

export function readEventOf(event: StoredEvent): streams.ReadResp {
  const position = String(event.position);
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(identifierOf(event.stream))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(event.data)
    .setCustomMetadata(event.metadata);
  recorded.getMetadataMap()
    .set("type", event.type)
    .set("content-type", event.contentType)
    .set("created", String(BigInt(event.createdMs) * TICKS_PER_MS));
  return new streams.ReadResp().setEvent(
    new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(position),
  );
}

export function identifierOf(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream).toString("base64"));
}

/** An error as the server's own exceptions arrive: a code, and what happened in the headers. */
export function failure(
  code: status,
  details: string,
  headers: Readonly<Record<string, string>> = {},
): ServiceError {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export function accessDenied(): ServiceError {
  return failure(status.PERMISSION_DENIED, "Access Denied", { exception: "access-denied" });
}

export function notLeader(port: number): ServiceError {
  return failure(status.NOT_FOUND, "Leader info available", {
    exception: "not-leader",
    "leader-endpoint-host": "127.0.0.1",
    "leader-endpoint-port": String(port),
  });
}

export function streamDeleted(stream: string): ServiceError {
  return failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: "stream-deleted",
    "stream-name": stream,
  });
}

export function wrongExpectedVersion(
  stream: string,
  { expected, current }: { readonly expected: Expected; readonly current: number },
): ServiceError {
  const codes: Readonly<Record<string, number>> = { no_stream: -1, any: -2, stream_exists: -4 };
  return failure(status.FAILED_PRECONDITION, "Append failed due to WrongExpectedVersion.", {
    exception: "wrong-expected-version",
    "stream-name": stream,
    "expected-version": String(typeof expected === "number" ? expected : codes[expected]),
    "actual-version": String(current),
  });
}

export function appendTooLarge(bytesMax: number): ServiceError {
  return failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: "maximum-append-size-exceeded",
    "maximum-append-size": String(bytesMax),
  });
}
