import shared from "@eventstore/db-client/generated/shared_pb.js";
import statuses from "@eventstore/db-client/generated/status_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import {
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  status,
} from "@grpc/grpc-js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { type Faults, pause, takeOne } from "./faults.ts";
import type { Expected, MemoryLog, Outcome, ProposedEvent } from "./memory_log.ts";
import {
  appendTooLarge,
  expectedOf,
  failure,
  identifierOf,
  notLeader,
  proposedOf,
  streamDeleted,
  streamName,
  wrongExpectedVersion,
} from "./wire.ts";

/** What the server takes in one append unless it is told otherwise. */
export const APPEND_BYTES_MAX = 1_048_576;

export interface Ground {
  readonly log: MemoryLog;
  readonly sent: { events: number };
  readonly faults: Faults;
  readonly port: () => number;
}

interface Batch {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: ProposedEvent[];
}

type BatchCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** Many appends on one stream of requests, each answered under its correlation id. */
export function batchAppend({ log, faults, port }: Ground, call: BatchCall): void {
  const open = new Map<string, Batch>();
  call.on("end", () => call.end());
  call.on("data", async (request: streams.BatchAppendReq) => {
    const correlation = request.getCorrelationId()!;
    const key = correlation.getString();
    const options = request.getOptions();
    if (options !== undefined) {
      const expected = expectedOf(options, () => options.getStreamPosition());
      open.set(key, { stream: streamName(options.getStreamIdentifier()), expected, events: [] });
    }
    const batch = open.get(key);
    if (batch === undefined) return;
    batch.events.push(...request.getProposedMessagesList().map(proposedOf));
    if (!request.getIsFinal()) return;
    open.delete(key);
    await pause(faults.appendDelayMs);
    if (takeOne(faults, "appendsRefused")) {
      call.emit("error", notLeader(faults.leaderPort ?? port()));
      return;
    }
    const answer = answerTo(log, batch).setCorrelationId(correlation)
      .setStreamIdentifier(identifierOf(batch.stream));
    if (takeOne(faults, "answersDropped")) return;
    if (takeOne(faults, "connectionsCut")) {
      call.emit("error", failure(status.UNAVAILABLE, "Connection dropped"));
      return;
    }
    if (!call.cancelled) call.write(answer);
  });
}

function answerTo(log: MemoryLog, batch: Batch): streams.BatchAppendResp {
  const response = new streams.BatchAppendResp();
  if (sizeOf(batch.events) > APPEND_BYTES_MAX) {
    const detail = new shared.MaximumAppendSizeExceeded().setMaxappendsize(APPEND_BYTES_MAX);
    return response.setError(statusOf("MaximumAppendSizeExceeded", detail));
  }
  const outcome = log.append(batch.stream, batch.events, batch.expected);
  switch (outcome.is) {
    case "stored":
      return response.setSuccess(
        new streams.BatchAppendResp.Success()
          .setCurrentRevision(String(outcome.revision))
          .setPosition(
            new shared.AllStreamPosition().setCommitPosition(String(outcome.position))
              .setPreparePosition(String(outcome.position)),
          ),
      );
    case "wrong":
      return response.setError(
        statusOf("WrongExpectedVersion", wrongVersionDetail(batch.expected, outcome.current)),
      );
    case "tombstoned":
      return response.setError(statusOf(
        "StreamDeleted",
        new shared.StreamDeleted().setStreamIdentifier(identifierOf(batch.stream)),
      ));
  }
}

function wrongVersionDetail(expected: Expected, current: number): shared.WrongExpectedVersion {
  const detail = new shared.WrongExpectedVersion();
  const none = new empty.Empty();
  if (current < 0) detail.setCurrentNoStream(none);
  else detail.setCurrentStreamRevision(String(current));
  if (expected === "any") detail.setExpectedAny(none);
  else if (expected === "no_stream") detail.setExpectedNoStream(none);
  else if (expected === "stream_exists") detail.setExpectedStreamExists(none);
  else detail.setExpectedStreamPosition(String(expected));
  return detail;
}

function statusOf(type: string, detail: { serializeBinary(): Uint8Array }): statuses.Status {
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), `event_store.client.${type}`);
  return new statuses.Status().setMessage(type).setDetails(packed);
}

function sizeOf(events: readonly ProposedEvent[]): number {
  return events.reduce(
    (bytes, { type, data, metadata }) => bytes + 2 * type.length + data.length + metadata.length,
    0,
  );
}

/** One append in one call: what clients do that carry credentials with each call. */
export function append(
  { log, faults, port }: Ground,
  call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
  answer: sendUnaryData<streams.AppendResp>,
): void {
  let batch: Batch | undefined;
  call.on("data", (request: streams.AppendReq) => {
    const options = request.getOptions();
    if (options !== undefined) {
      const expected = expectedOf(options, () => options.getRevision());
      batch = { stream: streamName(options.getStreamIdentifier()), expected, events: [] };
    }
    const message = request.getProposedMessage();
    if (message !== undefined) batch?.events.push(proposedOf(message));
  });
  call.on("end", async () => {
    if (batch === undefined) return;
    await pause(faults.appendDelayMs);
    const { stream, expected, events } = batch;
    if (takeOne(faults, "appendsRefused")) return answer(notLeader(faults.leaderPort ?? port()));
    if (sizeOf(events) > APPEND_BYTES_MAX) return answer(appendTooLarge(APPEND_BYTES_MAX));
    const outcome = log.append(stream, events, expected);
    if (takeOne(faults, "answersDropped")) return;
    if (outcome.is === "tombstoned") return answer(streamDeleted(stream));
    answer(null, appendResponse(outcome, expected));
  });
}

function appendResponse(
  outcome: Exclude<Outcome, { readonly is: "tombstoned" }>,
  expected: Expected,
): streams.AppendResp {
  const response = new streams.AppendResp();
  const none = new shared.Empty();
  if (outcome.is === "stored") {
    return response.setSuccess(
      new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision)).setPosition(
        new streams.AppendResp.Position().setCommitPosition(String(outcome.position))
          .setPreparePosition(String(outcome.position)),
      ),
    );
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (outcome.current < 0) wrong.setCurrentNoStream(none);
  else wrong.setCurrentRevision(String(outcome.current));
  if (typeof expected === "number") wrong.setExpectedRevision(String(expected));
  else if (expected === "no_stream") wrong.setExpectedNoStream(none);
  else if (expected === "stream_exists") wrong.setExpectedStreamExists(none);
  else wrong.setExpectedAny(none);
  return response.setWrongExpectedVersion(wrong);
}

export function softDelete(
  { log }: Ground,
  call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>,
  answer: sendUnaryData<streams.DeleteResp>,
): void {
  const options = call.request.getOptions()!;
  const stream = streamName(options.getStreamIdentifier());
  const expected = expectedOf(options, () => options.getRevision());
  const outcome = log.softDelete(stream, expected);
  if (outcome.is === "tombstoned") return answer(streamDeleted(stream));
  if (outcome.is === "wrong") {
    return answer(wrongExpectedVersion(stream, { expected, current: outcome.current }));
  }
  const position = new streams.DeleteResp.Position().setCommitPosition(String(outcome.position))
    .setPreparePosition(String(outcome.position));
  answer(null, new streams.DeleteResp().setPosition(position));
}

export function tombstone(
  { log }: Ground,
  call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
  answer: sendUnaryData<streams.TombstoneResp>,
): void {
  const options = call.request.getOptions()!;
  const stream = streamName(options.getStreamIdentifier());
  const expected = expectedOf(options, () => options.getRevision());
  const outcome = log.tombstone(stream, expected);
  if (outcome.is === "tombstoned") return answer(streamDeleted(stream));
  if (outcome.is === "wrong") {
    return answer(wrongExpectedVersion(stream, { expected, current: outcome.current }));
  }
  const position = new streams.TombstoneResp.Position()
    .setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
  answer(null, new streams.TombstoneResp().setPosition(position));
}
