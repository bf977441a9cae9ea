import { silentLogger, systemClock } from "../../../actors/mod.ts";
import { serveHttp, serveHttps } from "../../../protocols/http/mod.ts";
import { mqttOverWebSocket } from "../../../protocols/mod.ts";
import type { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { Certificates } from "../../../protocols/sockets/mod.ts";
import { openHouse } from "../http/house.ts";
import { Authority, withPems } from "../sockets/authority.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0, logger: silentLogger } as const;

/** Who issued the certificate of the HTTPS port, and those of devices that it takes. */
export const authority = await Authority.make();
/** What the HTTPS port shows. */
export const identity = await authority.issue({ subject: "CN=server", names: ["127.0.0.1"] });

export interface WebSocketPorts {
  readonly port: number;
  readonly httpsPort: number;
}

/** Opens `/mqtt` on an HTTP and an HTTPS port for a server, which is closed with them. */
export async function withWebSocketPorts(
  server: MqttServer,
  test: (ports: WebSocketPorts) => Promise<void>,
  { asksForCertificates = true }: { readonly asksForCertificates?: boolean } = {},
): Promise<void> {
  const pems = { cert: identity.cert, key: identity.key, ca: authority.cert };
  await withPems(pems, async (path) => {
    const house = await openHouse({ groups: [mqttOverWebSocket(server)] });
    const ground = { clock: systemClock, logger: silentLogger };
    const certificates = await Certificates.open({
      certs: [path("cert")],
      keys: [path("key")],
      ...(asksForCertificates ? { clientCa: path("ca") } : {}),
    }, ground);
    const http = serveHttp(house.app, LOCAL);
    const https = await serveHttps(http, { ...LOCAL, ...ground, certificates });
    try {
      await test({ port: http.address.port, httpsPort: Number(new URL(https.url).port) });
    } finally {
      https.stop();
      await server.close({ timeoutMs: 2_000 });
      await http.close(500);
      certificates.close();
      await house.close();
    }
  });
}
