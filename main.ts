import {
  ActorRuntime,
  AppendingJournal,
  type EventStore,
  type EventStoreMeasures,
  InProcessMailbox,
  type Logger,
  MessageRecorder,
  newEventStoreMeasures,
  newId,
  noDeadLetters,
  openEventStoreDb,
  openSecrets,
  openSqliteEventStore,
  openTracing,
  PARTITIONS,
  scavengeRegularly,
  systemClock,
  thingUpcasters,
  type Tracing,
  withoutSecrets,
} from "./actors/mod.ts";
import {
  type Addresses,
  type DataFolder,
  demonstrate,
  ensureInstallation,
  exitCode,
  helpText,
  pinoLogger,
  readSettings,
  refuseOtherEngine,
  runSecrets,
  say,
  type Settings,
  startBlock,
  stopSignal,
  takeDataFolder,
  VERSION,
} from "./cli/mod.ts";
import {
  ChannelLog,
  eventLogPath,
  InMemoryAccessIndex,
  LiveFeed,
  passedByAll,
  RecentRetained,
  startProjections,
  storedAsOf,
} from "./projections/mod.ts";
import {
  authorityOf,
  DATA_ROUTES,
  DevicesOfNodes,
  httpApp,
  mqttOverWebSocket,
  MqttServer,
  observed,
  openSecurePorts,
  proxiesAt,
  sealedThingKeys,
  serveHttp,
  TickingIngress,
} from "./protocols/mod.ts";

/** A stop takes no longer: what is not flushed by then was not acknowledged. */
const STOP_MS_MAX = 10_000;
const EDGE_STOP_MS = 3_000;

interface Ground {
  readonly folder: DataFolder;
  readonly logger: Logger;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
}

type Core = Awaited<ReturnType<typeof openCore>>;
type Views = Awaited<ReturnType<typeof openViews>>;
type Parts = { readonly core: Core; readonly views: Views; readonly ground: Ground };

interface Platform {
  readonly addresses: Addresses;
  readonly generatedPassword?: string;
  stop(): Promise<void>;
}

/** Puts the whole platform together on the engines that it was given. */
async function startPlatform(settings: Settings, ground: Ground): Promise<Platform> {
  const core = await openCore(settings, ground);
  const views = await openViews(core, ground);
  const edges = await openEdges(settings, { core, views, ground });
  const { generatedPassword } = core.installation;
  return {
    addresses: edges.addresses,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
    async stop() {
      await edges.stop();
      await views.stop();
      await core.stop();
    },
  };
}

/** The log and the actors that write it. */
async function openCore(settings: Settings, { folder, logger }: Ground) {
  const measures = newEventStoreMeasures();
  const store = await openLog(settings, { folder, measures });
  const sharedLog = settings.eventStore === "sqlite" ? undefined : store;
  const secrets = openSecrets(folder.path, { ...settings, sharedLog });
  const runtime = new ActorRuntime({ store, clock: systemClock, logger, newId });
  const installation = await ensureInstallation({ store, runtime, secrets, folder, settings });
  const mailbox = new InProcessMailbox({ clock: systemClock });
  const recorder = new MessageRecorder({ store, runtime });
  const consumers = Array.from(
    { length: PARTITIONS },
    (_, partition) => mailbox.consume(partition, (frame) => recorder.record(frame)),
  );
  return {
    secrets,
    settings,
    store,
    runtime,
    installation,
    mailbox,
    recorder,
    measures,
    async stop() {
      await mailbox.close();
      await Promise.all(consumers.map((end) => end()));
      runtime.close();
      await store.close();
      secrets.close();
    },
  };
}

/** A file of the data folder, or an EventStoreDB. */
function openLog(
  { eventStore }: Settings,
  { folder, measures }: { readonly folder: DataFolder; readonly measures: EventStoreMeasures },
): Promise<EventStore> {
  refuseOtherEngine({ folder, eventStore });
  const reading = { upcasters: thingUpcasters, measures };
  if (eventStore !== "sqlite") {
    return openEventStoreDb({ ...reading, connectionString: eventStore });
  }
  return openSqliteEventStore({ path: eventLogPath(folder.path), ...reading });
}

/** The read models in their thread, and what of them the edges hold in memory. */
async function openViews({ secrets, store, settings }: Core, { folder, logger }: Ground) {
  const access = new InMemoryAccessIndex({ hashKey: (key) => secrets.hashThingKey(key) });
  let retainedReached = 0;
  const readModels = await startProjections({
    folder: folder.path,
    installationKey: settings.installationKey,
    ...(settings.eventStore === "sqlite" ? {} : { eventStoreDb: settings.eventStore }),
    ...(settings.influx === undefined ? {} : { influx: settings.influx }),
    logger,
    onAccess: (rows, position) => access.apply(rows, position),
    onRetained: (position) => retainedReached = position,
  });
  const startPosition = await store.lastPosition();
  const retained = new RecentRetained({
    stored: storedAsOf(startPosition, readModels),
    reached: () => retainedReached,
    startPosition,
  });
  const passed = () => passedByAll(readModels);
  const scavenging = scavengeRegularly({ store, clock: systemClock, logger, passed });
  return {
    access,
    readModels,
    retained,
    stop() {
      scavenging.stop();
      return readModels.stop();
    },
  };
}

/** The way of messages into the platform, and the edge that most of them come by. */
async function openMessaging(settings: Settings, { core, views, ground }: Parts) {
  const { store, mailbox, secrets } = core;
  const { access, readModels, retained } = views;
  const { logger, tracing } = ground;
  const shared = { clock: systemClock, logger, newId, access, liveFeed: new LiveFeed() };
  const startPosition = await store.lastPosition();
  const ingress = new TickingIngress({
    ...shared,
    mailbox,
    retained,
    startPosition,
    ...(tracing && { traced: { ...readModels, tracing, every: settings.traceEvery } }),
  });
  const journal = new AppendingJournal({ ...shared, store });
  const channelLog = new ChannelLog({ events: store, clock: systemClock });
  const mqtt = new MqttServer({
    ...shared,
    store,
    channelLog,
    ingress,
    retained,
    journal,
    readModels,
    thingKeys: sealedThingKeys({ access, readModels, secrets }),
  }, settings.mqttBounds);
  return { shared, ingress, journal, mqtt };
}

/** Everything that devices, people and applications talk to. */
async function openEdges(settings: Settings, parts: Parts) {
  const { core, views: { readModels }, ground: { logger, tracing } } = parts;
  const { store, secrets, runtime, installation } = core;
  const { shared, ingress, journal, mqtt } = await openMessaging(settings, parts);
  const watched = observed({
    ...shared,
    ...core,
    eventStore: store,
    ingress,
    mqtt,
    journal,
    readModels,
    version: VERSION,
  });
  let stopping = false;
  const app = httpApp({
    ...shared,
    runtime,
    events: store,
    deadLetters: noDeadLetters,
    ingress,
    readModels,
    secrets,
    devices: new DevicesOfNodes({ here: mqtt }),
    domainId: installation.domainId,
    selfRegister: settings.selfRegister,
    ...watched,
    ready: () => stopping ? { ready: false, reason: "the platform stops" } : { ready: true },
    ...(tracing && { tracing }),
  }, [...DATA_ROUTES, mqttOverWebSocket(mqtt)]);
  const { host } = settings;
  const proxies = proxiesAt(settings.proxyFrom);
  mqtt.listen({ hostname: host, port: settings.mqttPort, proxies });
  const http = serveHttp(app, { hostname: host, port: settings.httpPort, logger });
  const secure = await openSecurePorts({ ...settings, proxies }, { ...shared, mqtt, http });
  // Nobody waits for it: what began before this start is ended in its own time.
  mqtt.sweepExpired();
  mqtt.endAbandoned();
  return {
    addresses: {
      http: http.url,
      mqtt: `mqtt://${authorityOf(mqtt.address)}`,
      ...secure.addresses,
    },
    async stop() {
      stopping = true;
      watched.stop();
      secure.stop();
      await Promise.all([mqtt.close({ timeoutMs: EDGE_STOP_MS }), http.close(EDGE_STOP_MS)]);
      await ingress.flush();
      await journal.flush();
    },
  };
}

async function main(): Promise<number> {
  const env = (name: string) => Deno.env.get(name);
  const settings = readSettings(Deno.args, { env, isTerminal: Deno.stderr.isTerminal() });
  if (settings.help) {
    say(helpText());
    return 0;
  }
  // Where the size of files is limited, a write past it then fails as on a full disk.
  Deno.addSignalListener("SIGXFSZ", () => {});
  const startedMs = performance.now();
  const { logLevel: level, logFormat: format } = settings;
  const logger = pinoLogger({ level, format, secrets: runSecrets(settings, env) });
  const tracing = await openTracing(env);
  const folder = takeDataFolder(settings.data);
  const platform = await startPlatform(settings, { folder, logger, tracing });
  folder.announceReady(platform.addresses);
  const { addresses, generatedPassword } = platform;
  say(startBlock({
    addresses,
    settings,
    readyMs: performance.now() - startedMs,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
  }));
  const stopped = stopSignal();
  if (settings.demo) await demonstrate({ addresses, settings, folder, say });
  await stopped;
  const late = setTimeout(() => {
    logger.error("the stop took too long");
    Deno.exit(0);
  }, STOP_MS_MAX);
  await platform.stop();
  clearTimeout(late);
  folder.release();
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    const known = exitCode(error);
    const { stack = "", message } = error as Error;
    const text = withoutSecrets(known === 1 ? stack : message);
    Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
    Deno.exit(known);
  }
}
