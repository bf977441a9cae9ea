import { type Clock, ProtocolError } from "../../../actors/mod.ts";
import {
  PROXY_HEADER_BYTES_MAX,
  PROXY_HEADER_TIMEOUT_MS,
  readProxyHeader,
} from "../../sockets/mod.ts";
import type { ByteStream } from "../connection.ts";

/** A connection behind a proxy, once the proxy has said whose it is. */
export interface ProxiedStream {
  /** What comes after the header. */
  readonly stream: ByteStream;
  /** Absent if the proxy did not say. */
  readonly source?: { readonly hostname: string; readonly port: number };
}

/** Takes the PROXY header off a stream. Throws ProtocolError if there is none in time. */
export async function behindProxy(stream: ByteStream, clock: Clock): Promise<ProxiedStream> {
  const bytes = new Uint8Array(PROXY_HEADER_BYTES_MAX);
  let isLate = false;
  const cancel = clock.schedule(PROXY_HEADER_TIMEOUT_MS, () => {
    isLate = true;
    stream.close();
  });
  try {
    for (let filled = 0;;) {
      const count = await stream.read(bytes.subarray(filled));
      if (count === null) throw new ProtocolError("the proxy closed the connection");
      filled += count;
      const header = readProxyHeader(bytes.subarray(0, filled));
      if (header === undefined) continue;
      const { length, source } = header;
      const rest = bytes.slice(length, filled);
      return { stream: following(rest, stream), ...(source === undefined ? {} : { source }) };
    }
  } catch (error) {
    if (isLate) throw new ProtocolError(`no PROXY header within ${PROXY_HEADER_TIMEOUT_MS} ms`);
    throw error;
  } finally {
    cancel();
  }
}

/** The stream with bytes in front of it that were read already. */
function following(bytes: Uint8Array, stream: ByteStream): ByteStream {
  if (bytes.length === 0) return stream;
  let rest = bytes;
  return {
    // deno-lint-ignore require-await -- what was read already is there at once
    async read(into) {
      if (rest.length === 0) return stream.read(into);
      const count = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    write: (chunk) => stream.write(chunk),
    close: () => stream.close(),
  };
}
