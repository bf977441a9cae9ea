import type { Clock, Logger } from "../../../actors/mod.ts";
import type { Proxies } from "../../sockets/mod.ts";
import type { ByteStream } from "../connection.ts";
import type { MqttCounters } from "../counters.ts";
import type { Peer } from "../peer.ts";

/** A port that connections come from. */
export interface Listening {
  readonly address: { readonly hostname: string; readonly port: number };
  /** Accepts nothing more; connections that were handed on stay as they are. */
  stop(): Promise<void>;
}

/** What every kind of port needs. */
export interface PortGround {
  readonly counters: MqttCounters;
  /** Their connections begin with a PROXY header. */
  readonly proxies: Proxies;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onConnection: (stream: ByteStream, peer: Peer) => void;
}
