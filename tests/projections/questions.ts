import { DatabaseSync } from "node:sqlite";
import {
  BEFORE_ALL,
  ENTITY_KINDS,
  type Models,
  type SeriesQuestion,
} from "../../projections/mod.ts";
import { CHANNEL, DOMAIN, OTHER_DOMAIN, OWNER, START_MS, THING } from "./log.ts";
import { GUEST, OTHER_DOMAINS_THING, REMOVED_CHANNEL, REMOVED_THING } from "./rich_log.ts";

const IDS = [
  THING,
  REMOVED_THING,
  OTHER_DOMAINS_THING,
  CHANNEL,
  REMOVED_CHANNEL,
  OWNER,
  GUEST,
  DOMAIN,
  OTHER_DOMAIN,
];
const DOMAINS = [DOMAIN, OTHER_DOMAIN];
const MINUTE_MS = 60_000;

/** What every read model answers about the rich log, now and then. */
export function answers(models: Models, end: number): unknown {
  return {
    access: models.access.rows(),
    directory: directoryAnswers(models, end),
    lists: listAnswers(models, end),
    history: historyAnswers(models),
    presence: presenceAnswers(models, end),
    measurements: measurementAnswers(models),
    retained: [CHANNEL, REMOVED_CHANNEL].map((id) =>
      models.queries.retained.retained({
        channelId: id,
        filter: "#",
        after: BEFORE_ALL,
        until: end,
        bounds: { messagesMax: 1_000, bytesMax: 1_000_000 },
      })
    ),
    durableSessions: durableAnswers(models),
  };
}

function directoryAnswers({ queries: { directory } }: Models, end: number): unknown {
  const positions = Array.from({ length: end }, (_, i) => i + 1);
  const entities = ENTITY_KINDS.flatMap((kind) => IDS.map((id) => ({ kind, id })));
  const changes = entities.map(({ kind, id }) => [
    directory.get(kind, id),
    positions.map((position) => [
      directory.get(kind, id, { position }),
      directory.get(kind, id, { ms: START_MS + position * 1_000 }),
      directory.changesAt(kind, { id, position }),
    ]),
  ]);
  return { changes, names: directory.names(IDS) };
}

function listAnswers({ queries: { directory } }: Models, end: number): unknown {
  const filters = [
    {},
    { name: "PUMP" },
    { visibleTo: GUEST },
    { tag: "red" },
    { status: "disabled" },
    { connection: { thingId: THING, channelId: CHANNEL, connected: true } },
    { connection: { thingId: THING, channelId: CHANNEL, connected: false } },
  ] as const;
  const ats = [undefined, { position: end >> 1 }, { ms: START_MS + MINUTE_MS / 2 }];
  return ENTITY_KINDS.flatMap((kind) =>
    DOMAINS.flatMap((domainId) =>
      filters.flatMap((filter) =>
        ats.map((at) =>
          directory.list(kind, {
            filter: { domainId, ...filter },
            page: {
              order: "name",
              direction: "asc",
              offset: 0,
              limit: 100,
              ...(at === undefined ? {} : { at }),
            },
          })
        )
      )
    )
  );
}

function historyAnswers({ queries: { history } }: Models): unknown {
  return ENTITY_KINDS.flatMap((kind) =>
    IDS.flatMap((id) =>
      DOMAINS.map((domainId) =>
        history.lines({ domainId, kind, id, direction: "desc", limit: 100 })
      )
    )
  );
}

function presenceAnswers({ queries: { presence } }: Models, end: number): unknown {
  const instants = Array.from({ length: end }, (_, i) => START_MS + i * 1_000);
  return [
    presence.openSessions({ through: end, limit: 100 }),
    ...[undefined, ...instants].map((at) =>
      presence.presence(
        { domainId: DOMAIN, thingId: THING },
        at === undefined ? undefined : { ms: at },
      )
    ),
  ];
}

function durableAnswers({ queries: { durableSessions } }: Models): unknown {
  const thing = { domainId: DOMAIN, thingId: THING };
  return [
    durableSessions.ofThing(thing, { limit: 100 }),
    durableSessions.count(THING),
    durableSessions.expired({ nowMs: START_MS * 2, limit: 100 }),
    durableSessions.connected({ writtenBeforeMs: START_MS * 2, limit: 100, after: "" }),
  ];
}

function measurementAnswers({ queries: { measurements } }: Models): unknown {
  return [CHANNEL, REMOVED_CHANNEL].flatMap((channelId) =>
    DOMAINS.map((domainId) => {
      const question: SeriesQuestion = {
        domainId,
        channelId,
        direction: "asc",
        offset: 0,
        limit: 100,
      };
      return [
        measurements.messages(question),
        measurements.aggregates(question, { aggregation: "AVG", intervalUs: 1_000_000 }),
        measurements.documents(question, "json"),
        measurements.lastValues(question),
        measurements.unreadable(domainId, channelId),
      ];
    })
  );
}

/** Every table of every read model's file, row by row, in no order of its own. */
export function tables(folder: string): Readonly<Record<string, readonly string[]>> {
  const contents: Record<string, readonly string[]> = {};
  for (const { name: file } of Deno.readDirSync(folder)) {
    if (!/-\d+\.db$/.test(file)) continue;
    const database = new DatabaseSync(`${folder}/${file}`, { readOnly: true });
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of names) {
      contents[`${file}: ${name}`] = database.prepare(`SELECT * FROM ${name}`).all()
        .map((row) => JSON.stringify(row)).toSorted();
    }
    database.close();
  }
  return contents;
}
