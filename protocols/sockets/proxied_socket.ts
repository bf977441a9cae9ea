import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { ProtocolError } from "../../actors/mod.ts";
import { readProxyHeader } from "./proxy_header.ts";

/**
 * Takes the PROXY header off a socket that nobody reads yet, and answers who the connection is from,
 * if the proxy says so. What came behind it is put back. Throws ProtocolError.
 */
export async function takeProxyHeader(
  socket: Socket,
): Promise<{ readonly hostname: string; readonly port: number } | undefined> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const chunk = await nextChunk(socket);
    bytes = Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header === undefined) continue;
    const rest = bytes.subarray(header.length);
    if (rest.length > 0) socket.unshift(rest);
    return header.source;
  }
}

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      done();
      resolve(chunk);
    };
    const onGone = () => {
      done();
      reject(new ProtocolError("the proxy closed the connection"));
    };
    const done = () => {
      socket.off("readable", onReadable);
      socket.off("end", onGone);
      socket.off("close", onGone);
    };
    socket.on("readable", onReadable);
    socket.on("end", onGone);
    socket.on("close", onGone);
  });
}
