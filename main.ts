import {
  ActorRuntime,
  AppendingJournal,
  type EventStore,
  InProcessMailbox,
  type Logger,
  MessageRecorder,
  newId,
  openEventStoreDb,
  openSecrets,
  openSqliteEventStore,
  PARTITIONS,
  systemClock,
  thingUpcasters,
} from "./actors/mod.ts";
import {
  type Addresses,
  type DataFolder,
  ensureInstallation,
  exitCode,
  helpText,
  pinoLogger,
  readSettings,
  refuseOtherEngine,
  type Settings,
  startBlock,
  takeDataFolder,
  variablesAndFiles,
} from "./cli/mod.ts";
import {
  ChannelLog,
  eventLogPath,
  InMemoryAccessIndex,
  LiveFeed,
  RecentRetained,
  startProjections,
  storedAsOf,
} from "./projections/mod.ts";
import {
  authorityOf,
  DATA_ROUTES,
  endAbandonedSessions,
  httpApp,
  mqttOverWebSocket,
  MqttServer,
  openSecurePorts,
  platformCounts,
  platformMetrics,
  proxiesAt,
  sealedThingKeys,
  serveHttp,
  TickingIngress,
  watchLoopLag,
} from "./protocols/mod.ts";

const VERSION = "0.1.0";
/** A stop takes no longer: what is not flushed by then was not acknowledged. */
const STOP_MS_MAX = 10_000;
const EDGE_STOP_MS = 3_000;

interface Ground {
  readonly folder: DataFolder;
  readonly logger: Logger;
}

type Core = Awaited<ReturnType<typeof openCore>>;
type Views = Awaited<ReturnType<typeof openViews>>;

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
  const secrets = openSecrets(folder.path);
  const store = await openLog(settings, folder);
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
    eventStore: settings.eventStore,
    store,
    runtime,
    installation,
    mailbox,
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
function openLog({ eventStore }: Settings, folder: DataFolder): Promise<EventStore> {
  refuseOtherEngine({ folder, eventStore });
  const upcasters = thingUpcasters;
  if (eventStore !== "sqlite") return openEventStoreDb({ connectionString: eventStore, upcasters });
  return openSqliteEventStore({ path: eventLogPath(folder.path), upcasters });
}

/** The read models in their thread, and what of them the edges hold in memory. */
async function openViews({ secrets, store, eventStore }: Core, { folder, logger }: Ground) {
  const access = new InMemoryAccessIndex({ hashKey: (key) => secrets.hashThingKey(key) });
  let retainedReached = 0;
  const readModels = await startProjections({
    folder: folder.path,
    ...(eventStore === "sqlite" ? {} : { eventStoreDb: eventStore }),
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
  return { access, readModels, retained, stop: () => readModels.stop() };
}

/** Everything that devices, people and applications talk to. */
async function openEdges(
  settings: Settings,
  { core, views, ground: { logger } }: {
    readonly core: Core;
    readonly views: Views;
    readonly ground: Ground;
  },
) {
  const { store, mailbox, secrets, runtime, installation } = core;
  const { access, readModels, retained } = views;
  const shared = { clock: systemClock, logger, newId, access, liveFeed: new LiveFeed() };
  const startPosition = await store.lastPosition();
  const ingress = new TickingIngress({ ...shared, mailbox, retained, startPosition });
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
  const loopLag = watchLoopLag({ ...systemClock, nowMs: () => performance.now() });
  let stopping = false;
  const app = httpApp({
    ...shared,
    runtime,
    events: store,
    ingress,
    readModels,
    secrets,
    devices: mqtt,
    domainId: installation.domainId,
    selfRegister: settings.selfRegister,
    version: VERSION,
    ready: () => stopping ? { ready: false, reason: "the platform stops" } : { ready: true },
    metrics: platformMetrics({
      readModels,
      loopLag,
      counts: () => platformCounts({ ingress, mqtt, journal, runtime, liveFeed: shared.liveFeed }),
    }),
  }, [...DATA_ROUTES, mqttOverWebSocket(mqtt)]);
  const { host } = settings;
  const proxies = proxiesAt(settings.proxyFrom);
  mqtt.listen({ hostname: host, port: settings.mqttPort, proxies });
  const http = serveHttp(app, { hostname: host, port: settings.httpPort, logger });
  const secure = await openSecurePorts({ ...settings, proxies }, { ...shared, mqtt, http });
  // Nobody waits for it: what began before this start is ended in its own time.
  mqtt.sweepExpired();
  void endAbandonedSessions({ events: store, readModels, journal, logger });
  return {
    addresses: {
      http: http.url,
      mqtt: `mqtt://${authorityOf(mqtt.address)}`,
      ...secure.addresses,
    },
    async stop() {
      stopping = true;
      loopLag.stop();
      secure.stop();
      await Promise.all([mqtt.close({ timeoutMs: EDGE_STOP_MS }), http.close(EDGE_STOP_MS)]);
      await ingress.flush();
      await journal.flush();
    },
  };
}

async function main(): Promise<number> {
  const settings = readSettings(Deno.args, {
    env: variablesAndFiles((name) => Deno.env.get(name)),
    isTerminal: Deno.stderr.isTerminal(),
  });
  if (settings.help) {
    say(helpText());
    return 0;
  }
  // Where the size of files is limited, a write past it then fails as on a full disk.
  Deno.addSignalListener("SIGXFSZ", () => {});
  const startedMs = performance.now();
  const logger = pinoLogger({ level: settings.logLevel, format: settings.logFormat });
  const folder = takeDataFolder(settings.data);
  const platform = await startPlatform(settings, { folder, logger });
  folder.announceReady(platform.addresses);
  const { addresses, generatedPassword } = platform;
  say(startBlock({
    addresses,
    settings,
    readyMs: performance.now() - startedMs,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
  }));
  const stopped = stopSignal();
  if (settings.demo) await demonstrate({ addresses, settings, folder });
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

/** Loaded only when asked for: its clients and its data are no part of the platform. */
async function demonstrate({ addresses, settings, folder }: {
  readonly addresses: Addresses;
  readonly settings: Settings;
  readonly folder: DataFolder;
}): Promise<void> {
  const { playDemo } = await import("./cli/demo/mod.ts");
  const played = playDemo({
    http: addresses.http,
    mqtt: addresses.mqtt,
    email: settings.adminEmail,
    password: settings.adminPassword ?? folder.readSecret("admin-password") ?? "",
    isTerminal: Deno.stdout.isTerminal(),
    say,
  });
  await played.catch((error: unknown) => {
    say(`  The demonstration broke off: ${String(error)}`);
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    Deno.addSignalListener("SIGINT", resolve);
    Deno.addSignalListener("SIGTERM", resolve);
  });
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    const known = exitCode(error);
    const text = known === 1 && error instanceof Error ? error.stack : (error as Error).message;
    Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
    Deno.exit(known);
  }
}
