import { type Clock, ProtocolError } from "../../../actors/mod.ts";
import { MqttError, ReasonCode } from "../codec/mod.ts";
import type { ByteStream } from "../connection.ts";
import {
  WEBSOCKET_FRAME_BYTES_MAX,
  WEBSOCKET_UNREAD_BYTES_MAX,
  WEBSOCKET_UNSENT_BYTES_MAX,
} from "./limits.ts";

/**
 * [MQTT-6.0.0-3] [MQTT5-6.0.0-3] [MQTT-6.0.0-4] [MQTT5-6.0.0-4], and the name that clients offer
 * which are older than MQTT 3.1.1.
 */
export const MQTT_SUBPROTOCOLS: readonly string[] = ["mqtt", "mqttv3.1"];

/**
 * Why a WebSocket is closed. RFC 6455 has 1003 and 1008 for the latter two, but the API leaves a
 * program only 1000 and the private codes (section 7.4.2).
 */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 4003;
const POLICY_VIOLATION = 4008;

/** How long a writer waits before it looks again whether its peer has read: from, and at most. */
const LOOK_AGAIN_MS = 1;
const LOOK_AGAIN_MS_MAX = 100;

/**
 * An open WebSocket as what carries MQTT. Deno's WebSockets can neither be kept from reading nor tell
 * when they have written: what is not read yet is bounded here, and a writer looks how much is left.
 */
export class WebSocketStream implements ByteStream {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #failure: Error | undefined;
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#end();
    socket.onerror = (event) => {
      this.#end(new ProtocolError((event as ErrorEvent).message));
    };
  }

  // [MQTT-6.0.0-2] [MQTT5-6.0.0-2]: packets may begin and end anywhere in the frames that carry them.
  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const next = this.#unread[0];
      if (next !== undefined) return this.#handOver(next, into);
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new Deno.errors.BrokenPipe("the WebSocket is closed");
    }
    const count = Math.min(bytes.length, WEBSOCKET_FRAME_BYTES_MAX);
    this.#socket.send(bytes.subarray(0, count) as Uint8Array<ArrayBuffer>);
    let waitMs = LOOK_AGAIN_MS;
    while (this.#socket.bufferedAmount > WEBSOCKET_UNSENT_BYTES_MAX && !this.#hasEnded) {
      await new Promise<void>((resolve) => this.#clock.schedule(waitMs, resolve));
      waitMs = Math.min(waitMs * 2, LOOK_AGAIN_MS_MAX);
    }
    return count;
  }

  /** Whoever reads need not wait for the peer's answer, which may never come. */
  close(): void {
    this.#close(NORMAL_CLOSURE, "");
    this.#end();
  }

  #take(data: unknown): void {
    if (this.#hasEnded) return;
    if (!(data instanceof ArrayBuffer)) {
      // [MQTT-6.0.0-1] [MQTT5-6.0.0-1]
      const text = "Cannot take a text frame: MQTT is carried in binary frames";
      this.#end(new MqttError(text, ReasonCode.protocolError));
      this.#close(UNSUPPORTED_DATA, text);
      return;
    }
    if (data.byteLength === 0) return;
    this.#unread.push(new Uint8Array(data));
    this.#unreadBytes += data.byteLength;
    if (this.#unreadBytes > WEBSOCKET_UNREAD_BYTES_MAX) {
      const text = "the client sends faster than its messages can be stored";
      this.#end(new MqttError(text, ReasonCode.quotaExceeded));
      this.#close(POLICY_VIOLATION, text);
      return;
    }
    this.#wake();
  }

  #handOver(next: Uint8Array, into: Uint8Array): number {
    const count = Math.min(next.length, into.length);
    into.set(next.subarray(0, count));
    if (count < next.length) this.#unread[0] = next.subarray(count);
    else this.#unread.shift();
    this.#unreadBytes -= count;
    return count;
  }

  #end(failure?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure = failure;
    // What broke the rules is not looked at; what came before a farewell is.
    if (failure !== undefined) this.#unread = [];
    this.#wake();
  }

  #close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }
}
