import { FrameReader, MqttError } from "./codec/mod.ts";
import type { MqttGround } from "./ground.ts";
import { FAREWELL_MS, READ_BYTES_MAX, READ_BYTES_MIN } from "./limits.ts";
import { type ByteSink, OutBuffer } from "./out_buffer.ts";
import type { Peer } from "./peer.ts";
import { MqttSession } from "./session.ts";

/** What carries MQTT: a TCP socket, or whatever else brings bytes in order (TLS, WebSocket). */
export interface ByteStream extends ByteSink {
  /** Resolves with the number of bytes read, or null at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>;
  close(): void;
}

/** Serves one connection until it is closed; never rejects. */
export async function serveConnection(
  stream: ByteStream,
  options: {
    readonly ground: MqttGround;
    readonly peer: Peer;
    readonly onStarted: (session: MqttSession) => void;
    readonly onOpened: () => void;
  },
): Promise<void> {
  const { ground, peer, onOpened } = options;
  const ended = Promise.withResolvers<void>();
  const out = new OutBuffer(stream, {
    onFailure: (error) => session.end(broken(error), { broken: true }),
    onFlushed: (bytes) => {
      ground.counters.bytesOut += bytes;
      session.bytesSent += bytes;
      session.flushed();
    },
  });
  const session = new MqttSession(ground, { out, peer, onOpened, onEnded: ended.resolve });
  options.onStarted(session);
  const farewell = ended.promise.then(() => sayFarewell(stream, out, ground));
  await readAll(stream, session, ground);
  await farewell;
  await session.kept;
}

async function readAll(
  stream: ByteStream,
  session: MqttSession,
  { limits, counters }: MqttGround,
): Promise<void> {
  const frames = new FrameReader({
    packetBytesMax: limits.packetBytesMax,
    readBytesMin: READ_BYTES_MIN,
    readBytesMax: READ_BYTES_MAX,
  });
  try {
    while (!session.hasEnded) {
      const count = await stream.read(frames.room());
      if (count === null) {
        return session.end("the client closed the connection without DISCONNECT", { broken: true });
      }
      counters.bytesIn += count;
      session.bytesReceived += count;
      frames.filled(count);
      session.receive(frames);
      while (session.isBlocked) {
        await session.unblocked();
        session.receive(frames);
      }
    }
  } catch (error) {
    if (error instanceof MqttError) {
      counters.protocolErrors++;
      session.end(error.message, { reasonCode: error.reasonCode });
      return;
    }
    // Reading also fails because the farewell closed the stream; then the session has ended.
    session.end(broken(error), { broken: true });
  }
}

// The last acknowledgements and a refused CONNECT's answer should arrive; a client that does not
// read them cannot keep the connection open.
async function sayFarewell(stream: ByteStream, out: OutBuffer, ground: MqttGround): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = ground.clock.schedule(FAREWELL_MS, late.resolve);
  await Promise.race([out.idle(), late.promise]);
  cancel();
  out.close();
  try {
    stream.close();
  } catch (error) {
    ground.logger.debug("mqtt connection was closed already", { error: String(error) });
  }
}

function broken(error: unknown): string {
  return `the connection broke: ${error instanceof Error ? error.message : String(error)}`;
}
