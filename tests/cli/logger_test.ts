import assert from "node:assert/strict";
import { pinoLogger } from "../../cli/mod.ts";

const SECRET = "3f0c2d7e-secret";

function written(
  options: {
    readonly level?: "debug" | "info" | "warn" | "error";
    readonly format: "pretty" | "json";
  },
  log: (logger: ReturnType<typeof pinoLogger>) => void,
): readonly string[] {
  const lines: string[] = [];
  log(pinoLogger({ level: "debug", ...options, write: (line) => lines.push(line) }));
  return lines;
}

for (const format of ["json", "pretty"] as const) {
  Deno.test(`logger: no key, password or token reaches a ${format} line`, () => {
    const names = ["key", "password", "passwordHash", "token", "secret", "sealed", "authorization"];
    const lines = written({ format }, (logger) => {
      for (const name of names) {
        logger.error("asked", { [name]: SECRET, thingId: "t1" });
        logger.info("asked", { headers: { [name]: SECRET, host: "h" }, thingId: "t1" });
      }
    });
    assert.equal(lines.length, 2 * names.length);
    for (const line of lines) {
      assert.ok(!line.includes(SECRET), line);
      assert.ok(line.includes("[removed]") && line.includes("t1"), line);
    }
  });

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
