import { AppendingJournal, newId, systemClock } from "../actors/mod.ts";
import { type Addresses, type Installation, VERSION } from "../cli/mod.ts";
import { ChannelLog, LiveFeed } from "../projections/mod.ts";
import {
  API_ROUTES,
  authorityOf,
  DEVICE_ROUTES,
  httpApp,
  mqttOverWebSocket,
  MqttServer,
  observed,
  openSecurePorts,
  OPERATIONS,
  proxiesAt,
  RecordedTail,
  sealedThingKeys,
  serveHttp,
  SharedHost,
  TickingIngress,
} from "../protocols/mod.ts";
import type { Actors } from "./actors.ts";
import type { Core } from "./core.ts";
import { type Ground, has } from "./ground.ts";
import type { Line } from "./line.ts";
import { openNodes } from "./nodes.ts";
import type { Views } from "./views.ts";

const EDGE_STOP_MS = 3_000;

interface Parts {
  readonly core: Core;
  readonly line: Line;
  readonly actors: Actors;
  readonly views: Views;
  readonly installation: Installation;
}

export interface Front {
  readonly addresses: Addresses;
  stop(): Promise<void>;
}

/** Everything that devices, people and applications talk to. */
export async function openFront(ground: Ground, parts: Parts): Promise<Front> {
  const { settings, logger, tracing } = ground;
  const { core, line, actors, views, installation } = parts;
  const messaging = await openMessaging(ground, parts);
  const { shared, ingress, journal, mqtt, tail } = messaging;
  const nodes = await openNodes(ground, { line, mqtt });
  const watched = observed({
    ...shared,
    ...actors,
    measures: core.measures,
    eventStore: core.store,
    mailbox: line.mailbox,
    ingress,
    mqtt,
    journal,
    readModels: views.readModels,
    version: VERSION,
  });
  let stopping = false;
  const app = httpApp({
    ...shared,
    runtime: actors.commands,
    events: core.store,
    deadLetters: line.deadLetters,
    ingress,
    readModels: views.readModels,
    secrets: core.secrets,
    devices: nodes.devices,
    domainId: installation.domainId,
    selfRegister: settings.selfRegister,
    ...watched,
    ready: () => stopping ? { ready: false, reason: "the platform stops" } : { ready: true },
    ...(tracing && { tracing }),
  }, [
    ...(has(ground, "edges") ? [...DEVICE_ROUTES, mqttOverWebSocket(mqtt)] : []),
    ...(has(ground, "api") ? API_ROUTES : []),
    ...OPERATIONS,
  ]);
  const http = serveHttp(app, { hostname: settings.host, port: settings.httpPort, logger });
  const ports = await openPorts(ground, { ...messaging, http });
  nodes.announce({ http: http.url });
  return {
    addresses: { http: http.url, ...ports.addresses },
    async stop() {
      stopping = true;
      watched.stop();
      ports.stop();
      await Promise.all([mqtt.close({ timeoutMs: EDGE_STOP_MS }), http.close(EDGE_STOP_MS)]);
      await nodes.stop();
      await ingress.flush();
      await tail?.close();
      await journal.flush();
    },
  };
}

/** The way of messages into the platform and to those who listen here. */
async function openMessaging(
  { settings, logger, tracing }: Ground,
  { core: { store, secrets }, line, actors, views: { access, readModels, retained } }: Parts,
) {
  const clock = systemClock;
  const shared = { clock, logger, newId, access, liveFeed: new LiveFeed() };
  const tail = await RecordedTail.begin(line.shared?.mailbox, {
    ...shared,
    events: store,
    retained,
  });
  const startPosition = await store.lastPosition();
  const ingress = new TickingIngress({
    ...shared,
    mailbox: line.mailbox,
    retained,
    startPosition,
    ...(tail && { tail }),
    ...(tracing && { traced: { ...readModels, tracing, every: settings.traceEvery } }),
  });
  const journal = new AppendingJournal({ ...shared, store });
  const channelLog = new ChannelLog({ events: store, clock });
  const mqtt = new MqttServer({
    ...shared,
    store,
    channelLog,
    ingress,
    retained,
    journal,
    readModels,
    thingKeys: sealedThingKeys({ access, readModels, secrets }),
    ...(line.shared && { requests: line.shared.requests }),
  }, settings.mqttBounds);
  if (line.shared !== undefined) {
    const { requests } = line.shared;
    const deliveredThrough = () => ingress.deliveredThrough;
    actors.also(new SharedHost({ ...shared, requests, store, channelLog, deliveredThrough }));
  }
  return { shared, ingress, journal, mqtt, tail };
}

type Messaging = Awaited<ReturnType<typeof openMessaging>>;

/** The ports beside that of HTTP; those of devices only where this process is an edge. */
async function openPorts(
  ground: Ground,
  { mqtt, shared, http }: Pick<Messaging, "mqtt" | "shared"> & {
    readonly http: ReturnType<typeof serveHttp>;
  },
) {
  const { settings } = ground;
  const proxies = proxiesAt(settings.proxyFrom);
  const isEdge = has(ground, "edges");
  if (isEdge) mqtt.listen({ hostname: settings.host, port: settings.mqttPort, proxies });
  const secure = await openSecurePorts({ ...settings, proxies }, {
    ...shared,
    ...(isEdge ? { mqtt } : {}),
    http,
  });
  // Nobody waits for it: what began before this start is ended in its own time.
  if (isEdge) {
    mqtt.sweepExpired();
    mqtt.endAbandoned();
  }
  return {
    addresses: {
      ...(isEdge ? { mqtt: `mqtt://${authorityOf(mqtt.address)}` } : {}),
      ...secure.addresses,
    },
    stop: () => secure.stop(),
  };
}
