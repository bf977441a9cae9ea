import {
  ActorRuntime,
  AppendingJournal,
  EngineUnreachable,
  InProcessMailbox,
  InvariantViolation,
  type Logger,
  MessageRecorder,
  newId,
  openSecrets,
  openSqliteEventStore,
  PARTITIONS,
  systemClock,
  thingUpcasters,
  UsageError,
} from "./actors/mod.ts";
import {
  type Addresses,
  type DataFolder,
  ensureInstallation,
  helpText,
  pinoLogger,
  readSettings,
  type Settings,
  startBlock,
  takeDataFolder,
} from "./cli/mod.ts";
import {
  eventLogPath,
  InMemoryAccessIndex,
  LiveFeed,
  RecentRetained,
  startProjections,
} from "./projections/mod.ts";
import {
  DATA_ROUTES,
  httpApp,
  MqttServer,
  platformMetrics,
  serveHttp,
  TickingIngress,
} from "./protocols/mod.ts";

const VERSION = "0.1.0";
/** A stop takes no longer: what is not flushed by then was not acknowledged. */
const STOP_MS_MAX = 10_000;
const EDGE_STOP_MS = 3_000;

interface Platform {
  readonly addresses: Addresses;
  readonly generatedPassword?: string;
  stop(): Promise<void>;
}

/** Puts the whole platform together on the embedded engines. */
async function startPlatform(
  settings: Settings,
  { folder, logger }: { readonly folder: DataFolder; readonly logger: Logger },
): Promise<Platform> {
  const clock = systemClock;
  const secrets = openSecrets(folder.path);
  const store = await openSqliteEventStore({
    path: eventLogPath(folder.path),
    upcasters: thingUpcasters,
  });
  const runtime = new ActorRuntime({ store, clock, logger, newId });
  const installation = await ensureInstallation({ store, runtime, secrets, folder, settings });
  const access = new InMemoryAccessIndex({ hashKey: (key) => secrets.hashThingKey(key) });
  const readModels = await startProjections({
    folder: folder.path,
    logger,
    onAccess: (rows, position) => access.apply(rows, position),
    onRetained: (position) => retainedReached = position,
  });
  let retainedReached = 0;
  const retained = new RecentRetained({
    stored: (channelId, filter) => readModels.retained.retained(channelId, filter),
    reached: () => retainedReached,
  });
  const mailbox = new InProcessMailbox({ clock });
  const recorder = new MessageRecorder({ store, runtime });
  const consumers = Array.from(
    { length: PARTITIONS },
    (_, partition) => mailbox.consume(partition, (frame) => recorder.record(frame)),
  );
  const liveFeed = new LiveFeed();
  const ingress = new TickingIngress({ mailbox, liveFeed, clock, logger, newId, retained });
  const journal = new AppendingJournal({ store, clock, logger, newId });
  for (
    const { domainId, thingId, sessionId, clientId } of await readModels.presence.openSessions(
      100_000,
    )
  ) {
    journal.record(
      {
        thingId,
        sessionId,
        principal: { kind: "system", id: "setup" },
        edge: "system",
        remoteAddress: "local",
      },
      {
        type: "SessionEnded",
        data: {
          domainId,
          sessionId,
          clientId,
          reason: "the platform stopped without a farewell",
          clean: false,
          messagesReceived: 0,
          messagesSent: 0,
          messagesDropped: 0,
        },
      },
    );
  }
  const mqtt = new MqttServer({
    access,
    ingress,
    liveFeed,
    retained,
    journal,
    clock,
    logger,
    newId,
  });
  let stopping = false;
  const app = httpApp({
    runtime,
    events: store,
    ingress,
    liveFeed,
    access,
    readModels,
    secrets,
    clock,
    logger,
    newId,
    domainId: installation.domainId,
    selfRegister: settings.selfRegister,
    version: VERSION,
    ready: () => stopping ? { ready: false, reason: "the platform stops" } : { ready: true },
    metrics: platformMetrics({
      readModels,
      counts: () => ({
        ingress_messages_total: ingress.counters.messages,
        ingress_bytes_total: ingress.counters.bytes,
        ingress_ticks_total: ingress.counters.ticks,
        ingress_refused_total: ingress.counters.refused,
        mqtt_connections: mqtt.counters.connectionsOpen,
        mqtt_connects_refused_total: mqtt.counters.connectsRefused,
        mqtt_messages_in_total: mqtt.counters.messagesIn,
        mqtt_messages_out_total: mqtt.counters.messagesOut,
        mqtt_messages_dropped_total: mqtt.counters.messagesDropped,
        session_facts_dropped_total: journal.dropped,
        actors_active: runtime.activeCount,
      }),
    }),
  }, DATA_ROUTES);
  mqtt.listen({ hostname: settings.host, port: settings.mqttPort });
  const http = serveHttp(app, { hostname: settings.host, port: settings.httpPort, logger });
  return {
    addresses: { http: http.url, mqtt: `mqtt://${settings.host}:${mqtt.address.port}` },
    ...(installation.generatedPassword === undefined
      ? {}
      : { generatedPassword: installation.generatedPassword }),
    async stop() {
      stopping = true;
      await Promise.all([mqtt.close({ timeoutMs: EDGE_STOP_MS }), http.close(EDGE_STOP_MS)]);
      await ingress.flush();
      await journal.flush();
      await mailbox.close();
      await Promise.all(consumers.map((end) => end()));
      runtime.close();
      await readModels.stop();
      await store.close();
      secrets.close();
    },
  };
}

async function main(): Promise<number> {
  const settings = readSettings(Deno.args, {
    env: (name) => Deno.env.get(name),
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

/** sysexits.h, as docs and scripts rely on it. */
function exitCode(error: unknown): number {
  if (error instanceof UsageError) return 64;
  if (error instanceof EngineUnreachable) return 75;
  if (error instanceof InvariantViolation) return 70;
  return 1;
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
