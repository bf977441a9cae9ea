/**
 * Clients for `bench/transports.ts`, in a process of their own: connects them, says how long that
 * took, and holds them until its standard input ends.
 */
import { Buffer } from "node:buffer";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import mqttPacket from "mqtt-packet";

export interface Connecting {
  readonly transport: "tcp" | "tls" | "websocket";
  readonly port: number;
  readonly count: number;
  /** Connects that are under way at once. */
  readonly concurrency: number;
  readonly username: string;
  /** Empty if the certificate is enough. */
  readonly password: string;
  /** PEM, for TLS. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Connected {
  readonly seconds: number;
}

async function main(asked: Connecting): Promise<void> {
  const held: unknown[] = [];
  let next = 0;
  const startedMs = performance.now();
  const one = async () => {
    while (next < asked.count) held.push(await connected(asked, `idle-${next++}`));
  };
  await Promise.all(Array.from({ length: asked.concurrency }, one));
  const seconds = (performance.now() - startedMs) / 1_000;
  say({ seconds });
  await Deno.stdin.read(new Uint8Array(1));
  // The connections would keep the process alive.
  Deno.exit(0);
}

/** Resolves with what holds the connection, once its CONNACK is there. */
function connected(asked: Connecting, clientId: string): Promise<Socket | WebSocket> {
  const packet = connectPacket(asked, clientId);
  return asked.transport === "websocket"
    ? byWebSocket(asked.port, packet)
    : bySocket(asked, packet);
}

function connectPacket({ username, password }: Connecting, clientId: string): Uint8Array {
  return mqttPacket.generate({
    cmd: "connect",
    clientId,
    clean: true,
    username,
    ...(password === "" ? {} : { password: Buffer.from(password) }),
  });
}

function bySocket(
  { transport, port, ca, cert, key }: Connecting,
  packet: Uint8Array,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const at = { host: "127.0.0.1", port };
    const opened = () => socket.write(packet);
    const socket = transport === "tcp"
      ? connectTcp(at, opened)
      : connectTls({ ...at, ca, cert, key }, opened);
    socket.once("data", () => resolve(socket));
    socket.on("error", reject);
  });
}

function byWebSocket(port: number, packet: Uint8Array): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, "mqtt");
    socket.onopen = () => socket.send(packet as Uint8Array<ArrayBuffer>);
    socket.onmessage = () => resolve(socket);
    socket.onerror = (event) => reject((event as ErrorEvent).error);
  });
}

function say(connected: Connected): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(connected)}\n`));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0]!));
