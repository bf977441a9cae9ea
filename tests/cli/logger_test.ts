import assert from "node:assert/strict";
import fc from "fast-check";
import { pinoLogger } from "../../cli/mod.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
/** One that the run was started with. */
const KNOWN = "the administrator's own";

const secrets = fc.uuid().map((id) => `${id}-secret`);

type Log = ReturnType<typeof pinoLogger>["info"];

/** How a secret may come to a line; each line names the thing t1 as well. */
const ways = fc.constantFrom<((log: Log, secret: string) => void)[]>(
  (log, secret) => log("asked", { key: secret, thingId: "t1" }),
  (log, secret) => log("asked", { a: { b: { c: [{ passwordHash: secret }] } }, thingId: "t1" }),
  (log, secret) => log("asked", { headers: { Authorization: `Thing ${secret}` }, thingId: "t1" }),
  (log, secret) => log("asked", { error: `esdb://ann:${secret}@db is away`, thingId: "t1" }),
  (log, secret) => log("asked", { error: new Error(`Bearer ${secret}`), thingId: "t1" }),
  (log, secret) => log(`GET /channels/c/messages?auth=${secret} of t1`),
  (log, secret) => log(`nats://ann:${secret}@nats is away from t1`),
  (log, secret) => log(`t1 said Authorization: Token ${secret}`),
  (log, secret) => log("signed in", { by: { deep: KNOWN }, token: secret, thingId: "t1" }),
);

function written(
  options: {
    readonly level?: "debug" | "info" | "warn" | "error";
    readonly format: "pretty" | "json";
    readonly secrets?: readonly string[];
  },
  log: (logger: ReturnType<typeof pinoLogger>) => void,
): readonly string[] {
  const lines: string[] = [];
  log(pinoLogger({ level: "debug", ...options, write: (line) => lines.push(line) }));
  return lines;
}

for (const format of ["json", "pretty"] as const) {
  for (const level of LEVELS) {
    Deno.test(`logger: no key, password or token reaches a ${format} line of level ${level}`, () => {
      fc.assert(fc.property(secrets, ways, (secret, way) => {
        const lines = written({ format, secrets: [KNOWN] }, (logger) => way(logger[level], secret));
        assert.equal(lines.length, 1);
        assert.ok(!lines[0]!.includes(secret) && !lines[0]!.includes(KNOWN), lines[0]!);
        assert.ok(lines[0]!.includes("[removed]") && lines[0]!.includes("t1"), lines[0]!);
      }));
    });
  }

  Deno.test(`logger: a ${format} entry is one line, and what a client sent does not move the cursor`, () => {
    const [line, ...more] = written({ format }, (logger) => {
      logger.warn("refused", { reason: "a\nWARN forged\u001b[2J\u009b2J\u2028end" });
    });
    assert.deepEqual(more, []);
    assert.equal(line!.indexOf("\n"), line!.length - 1);
    const unprintable = format === "pretty" ? /[\p{C}\u2028]/u : /\n/;
    assert.doesNotMatch(line!.slice(0, -1), unprintable);
    assert.match(line!, /forged/);
  });

  Deno.test(`logger: leaves out ${format} lines below its level`, () => {
    const lines = written({ format, level: "warn" }, (logger) => {
      logger.debug("one");
      logger.info("two");
      logger.warn("three");
      logger.error("four", { error: "five" });
    });
    assert.deepEqual(lines.length, 2);
    assert.match(lines[0]!, /three/);
    assert.match(lines[1]!, /four|five/);
  });
}

Deno.test("logger: a json line holds level, time, message and fields", () => {
  const beforeMs = Date.now();
  const [line] = written({ format: "json" }, (logger) => logger.info("ready", { port: 8080 }));
  const { time, ...entry } = JSON.parse(line!);
  assert.deepEqual(entry, { level: 30, msg: "ready", port: 8080 });
  assert.ok(time >= beforeMs && time <= Date.now());
});

Deno.test("logger: a pretty line shows the time of day, the level and the fields, nested ones too", () => {
  const [line] = written({ format: "pretty" }, (logger) => {
    logger.warn("slow", { port: 8080, where: { file: "x" }, text: "plain words" });
  });
  assert.match(
    line!,
    /^\d\d:\d\d:\d\d\.\d{3} WARN slow port=8080 where=\{"file":"x"\} text=plain words\n$/,
  );
});
