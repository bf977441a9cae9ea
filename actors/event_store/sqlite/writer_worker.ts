/// <reference lib="deno.worker" />
import { errorText } from "../../error_text.ts";
import { InvariantViolation } from "../../errors.ts";
import { systemClock } from "../../platform/mod.ts";
import { channelName } from "./commit_signal.ts";
import { SqliteEngine } from "./engine.ts";
import { decodeGroup } from "./wire.ts";
import {
  type AppendAnswer,
  type WriterAnswer,
  type WriterCall,
  type WriterRequest,
} from "./writer_protocol.ts";

/*
 * The one thread that writes the log. Groups that arrived while the last commit ran are committed
 * together: the flush to the disk is what an append costs, so all that wait share it.
 */

const waiting: { readonly id: number; readonly group: ArrayBuffer }[] = [];
const turn = new MessageChannel();
let turnTaken = false;
let engine: SqliteEngine | undefined;
let committed: BroadcastChannel | undefined;

self.onmessage = ({ data: request }: MessageEvent<WriterRequest>) => {
  if ("group" in request) {
    waiting.push(request);
    if (turnTaken) return;
    turnTaken = true;
    turn.port2.postMessage(null);
    return;
  }
  // Calls keep their place behind the appends that were sent before them.
  commitWaiting();
  answerCall(request.id, request.call);
};

turn.port1.onmessage = () => {
  turnTaken = false;
  commitWaiting();
};

function commitWaiting(): void {
  if (waiting.length === 0) return;
  const groups = waiting.splice(0);
  const requests = groups.map(({ group }) => decodeGroup(group));
  try {
    const writing = opened();
    const results = writing.appendGroup(requests.flat());
    const commit = { ms: writing.lastCommitMs, appends: results.length };
    let at = 0;
    groups.forEach(({ id }, index) => {
      const mine = results.slice(at, at += requests[index]!.length);
      const answered = { id, results: JSON.stringify(mine.map(toAnswer)) };
      answer(index === 0 ? { ...answered, commit } : answered);
    });
    committed?.postMessage(null);
  } catch (error) {
    for (const { id } of groups) answer({ id, error: errorText(error) });
  }
}

function toAnswer(result: AppendAnswer | Error): AppendAnswer {
  return result instanceof Error ? { error: errorText(result) } : result;
}

function answerCall(id: number, call: WriterCall): void {
  try {
    answer({ id, value: carryOut(call) });
  } catch (error) {
    answer({ id, error: errorText(error) });
  }
}

function carryOut(call: WriterCall): number {
  switch (call.op) {
    case "open":
      engine = new SqliteEngine({ ...call, nowMs: () => systemClock.nowMs() });
      committed = new BroadcastChannel(channelName(call.path));
      return 0;
    case "setStreamLimits":
      opened().setStreamLimits(call.stream, call.limits);
      return 0;
    case "softDelete":
      opened().softDelete(call.stream, call.expectedRevision);
      return 0;
    case "saveSnapshot":
      opened().saveSnapshot(call.stream, call.snapshot);
      return 0;
    case "scavenge":
      return opened().scavenge(call.through);
    case "close":
      opened().close();
      committed?.close();
      turn.port1.close();
      return 0;
  }
}

function opened(): SqliteEngine {
  if (engine === undefined) {
    throw new InvariantViolation("Cannot write the event log: it is not open");
  }
  return engine;
}

function answer(message: WriterAnswer): void {
  self.postMessage(message);
}
