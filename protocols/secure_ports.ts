import type { Clock, Logger } from "../actors/mod.ts";
import { type HttpServer, serveHttps } from "./http/mod.ts";
import { authorityOf } from "./listening.ts";
import type { MqttServer } from "./mqtt/mod.ts";
import { Certificates, type Proxies, type TlsFiles } from "./sockets/mod.ts";

export interface SecurePorts {
  readonly addresses: { readonly mqtts?: string; readonly https?: string };
  /** Accepts nothing more; what is open ends with the servers that it leads to. */
  stop(): void;
}

/** Opens the ports of TLS, if there is a certificate to show. Throws as what it opens does. */
export async function openSecurePorts(
  { tls, host, mqttsPort, httpsPort, proxies }: {
    readonly tls: TlsFiles | undefined;
    readonly host: string;
    readonly mqttsPort: number;
    readonly httpsPort: number;
    readonly proxies: Proxies;
  },
  { mqtt, http, ...ground }: {
    /** Absent where no devices come by MQTT. */
    readonly mqtt?: MqttServer;
    readonly http: HttpServer;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Promise<SecurePorts> {
  if (tls === undefined) return { addresses: {}, stop() {} };
  const certificates = await Certificates.open(tls, ground);
  const at = { hostname: host, certificates };
  const mqtts = await mqtt?.listenTls({ ...at, port: mqttsPort, proxies });
  const https = await serveHttps(http, { ...at, ...ground, port: httpsPort });
  return {
    addresses: {
      ...(mqtts && { mqtts: `mqtts://${authorityOf(mqtts)}` }),
      https: https.url,
    },
    stop() {
      certificates.close();
      https.stop();
    },
  };
}
