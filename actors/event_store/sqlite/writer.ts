import { errorOf } from "../../error_text.ts";
import { StorageFull, TransientError } from "../../errors.ts";
import type { EngineStatus } from "../../platform/mod.ts";
import type { AppendResult } from "../event_store.ts";
import { type EventStoreMeasures, newEventStoreMeasures } from "../measures.ts";
import type { AppendRequest } from "./engine.ts";
import { encodeGroup } from "./wire.ts";
import {
  type AppendAnswer,
  type WriterAnswer,
  type WriterCall,
  type WriterRequest,
} from "./writer_protocol.ts";

/** Groups sent but not answered: one is committed while the next one is decoded. */
const GROUPS_FLYING_MAX = 2;
/** Appends and bytes that may wait for the writer; beyond it an append is refused. */
export const APPENDS_WAITING_MAX = 50_000;
export const APPEND_BYTES_WAITING_MAX = 64 * 1024 * 1024;
/** Appends of one group. */
const GROUP_APPENDS_MAX = 4_096;

interface WaitingAppend {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly startedMs: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/** This thread's end of the writer: collects the appends of one turn into one group. */
export class Writer {
  readonly #worker: Worker;
  readonly #waiting: WaitingAppend[] = [];
  readonly #answers = new Map<number, (answer: WriterAnswer) => void>();
  #waitingBytes = 0;
  #groupsFlying = 0;
  #sendScheduled = false;
  #lastId = 0;
  #failure: Error | undefined;
  /** Why nothing is stored for now: no room is left. */
  #full: string | undefined;
  readonly #measures: EventStoreMeasures;

  constructor(measures: EventStoreMeasures = newEventStoreMeasures()) {
    this.#measures = measures;
    this.#worker = new Worker(new URL("./writer_worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<WriterAnswer>) => {
      const settle = this.#answers.get(data.id);
      this.#answers.delete(data.id);
      settle?.(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new TransientError(`Cannot write the event log: ${event.message}`));
    };
  }

  /** Whether it writes, and how many appends wait for it. */
  get condition(): Pick<EngineStatus, "state" | "reason" | "lag"> {
    const reason = this.#failure?.message ?? this.#full;
    return {
      state: this.#failure === undefined ? "up" : "away",
      ...(reason === undefined ? {} : { reason }),
      lag: this.#waiting.length,
    };
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const bytes = bytesOf(request);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (
      this.#waiting.length >= APPENDS_WAITING_MAX ||
      this.#waitingBytes + bytes > APPEND_BYTES_WAITING_MAX
    ) {
      return Promise.reject(
        new TransientError(
          `Cannot append to '${request.stream}': ${this.#waiting.length} appends are waiting already`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, bytes, startedMs: performance.now(), resolve, reject });
      this.#waitingBytes += bytes;
      this.#scheduleSend();
    });
  }

  /** In its place behind the appends made before it. */
  call(call: WriterCall): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    while (this.#waiting.length > 0) this.#sendGroup();
    return new Promise((resolve, reject) => {
      this.#send((id) => [{ id, call }, []], ({ error, value }) => {
        if (error !== undefined) reject(errorOf(error));
        else resolve(value ?? 0);
      });
    });
  }

  terminate(): void {
    this.#worker.terminate();
    this.#fail(new TransientError("Cannot write the event log: it is closed"));
  }

  #scheduleSend(): void {
    if (this.#sendScheduled || this.#groupsFlying >= GROUPS_FLYING_MAX) return;
    this.#sendScheduled = true;
    queueMicrotask(() => {
      this.#sendScheduled = false;
      if (this.#waiting.length > 0 && this.#groupsFlying < GROUPS_FLYING_MAX) this.#sendGroup();
    });
  }

  #sendGroup(): void {
    const appends = this.#waiting.splice(0, GROUP_APPENDS_MAX);
    for (const { bytes } of appends) this.#waitingBytes -= bytes;
    const group = encodeGroup(appends.map(({ request }) => request));
    this.#groupsFlying++;
    this.#send((id) => [{ id, group }, [group]], (answer) => {
      this.#groupsFlying--;
      this.#measure(appends, answer);
      settle(appends, answer);
      if (this.#waiting.length > 0) this.#scheduleSend();
    });
  }

  #measure(appends: readonly WaitingAppend[], { commit, error }: WriterAnswer): void {
    this.#full = error?.kind === StorageFull.name ? error.message : undefined;
    if (commit !== undefined) {
      this.#measures.commit.observe(commit.ms / 1_000);
      this.#measures.commitAppends.observe(commit.appends);
    }
    if (error !== undefined) return;
    for (const { startedMs } of appends) this.#measures.append.observeSince(startedMs);
  }

  #send(
    request: (id: number) => [WriterRequest, Transferable[]],
    onAnswer: (answer: WriterAnswer) => void,
  ): void {
    const id = ++this.#lastId;
    this.#answers.set(id, onAnswer);
    const [message, transfer] = request(id);
    this.#worker.postMessage(message, transfer);
  }

  #fail(failure: Error): void {
    this.#failure = failure;
    const error = { kind: failure.name, message: failure.message };
    for (const [id, onAnswer] of this.#answers) onAnswer({ id, error });
    this.#answers.clear();
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}

function settle(appends: readonly WaitingAppend[], answer: WriterAnswer): void {
  if (answer.results === undefined) {
    const error = errorOf(answer.error ?? { kind: "TransientError", message: "Cannot append" });
    for (const { reject } of appends) reject(error);
    return;
  }
  const results = JSON.parse(answer.results) as readonly AppendAnswer[];
  appends.forEach(({ resolve, reject }, index) => {
    const result = results[index]!;
    if ("error" in result) reject(errorOf(result.error));
    else resolve(result);
  });
}

function bytesOf({ events }: AppendRequest): number {
  let bytes = 0;
  for (const { data } of events) bytes += data instanceof Uint8Array ? data.length : 512;
  return bytes;
}
