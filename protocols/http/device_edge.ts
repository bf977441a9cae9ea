/** The edges that devices are connected to, as far as HTTP tells of them. */
export interface DeviceEdge {
  readonly recorder: DeviceRecorder;
  /** What the open connections of a thing have carried so far, by session id. */
  carriedBy(thingId: string): Promise<ReadonlyMap<string, Carried>>;
}

/** What HTTP asks of an edge that can record the packets of a device; it says nothing of a protocol. */
export interface DeviceRecorder {
  /** False if so many things are recorded that this one cannot be, too. */
  hasRoom(thingId: string): Promise<boolean>;
  /** Begins anew if the thing is recorded already. Undefined if there is no room. */
  start(
    thingId: string,
    wish: { readonly minutes: number; readonly payloads: boolean },
  ): Promise<DeviceRecording | undefined>;
  /** Undefined if there is no recording, or none any more. */
  state(thingId: string): Promise<DeviceRecording | undefined>;
  /** JSON, one line a packet. */
  lines(thingId: string): Promise<Iterable<string> | undefined>;
  /** A capture file in the format of libpcap. */
  capture(thingId: string): Promise<Iterable<Uint8Array> | undefined>;
}

/** What one connection has carried so far; who speaks another protocol may count less. */
export interface Carried {
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly messagesDropped: number;
  readonly bytesReceived?: number;
  readonly bytesSent?: number;
}

export interface DeviceRecording {
  /** False once it has ended; it can be fetched for a while. */
  readonly recording: boolean;
  readonly startedMs: number;
  /** When it ends, or ended. */
  readonly untilMs: number;
  readonly payloads: boolean;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that had to make room for newer ones. */
  readonly dropped: number;
}
