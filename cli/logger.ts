import pino from "pino";
import { type Logger, redacted, withoutSecrets } from "../actors/mod.ts";

/** One line an entry on standard error, so that standard output stays for people. */
export function pinoLogger(options: {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "pretty" | "json";
  /** Secrets of this run that are known by their value. */
  readonly secrets?: readonly string[];
  /** Takes whole lines; standard error unless told. */
  readonly write?: (line: string) => void;
}): Logger {
  const lines = options.write === undefined ? pino.destination(2) : { write: options.write };
  const log = pino({
    level: options.level,
    base: null,
  }, options.format === "json" ? lines : { write: (line) => lines.write(prettyLine(line)) });
  const { secrets = [] } = options;
  const at =
    (level: "debug" | "info" | "warn" | "error"): Logger["info"] => (message, fields = {}) => {
      if (!log.isLevelEnabled(level)) return;
      log[level](redacted(fields, secrets), withoutSecrets(message, secrets));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const LEVELS: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "WARN",
  50: "ERROR",
};

function prettyLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as {
    level: number;
    time: number;
    msg: string;
  };
  const clock = new Date(time).toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`).join("");
  return `${clock} ${LEVELS[level] ?? level} ${msg}${rest}\n`;
}

const UNPRINTABLE = /[\p{C}\u2028\u2029]/gu;

/** Quoted where it may hold what a client sent: it must not move the cursor or begin a line. */
function shown(value: unknown): string {
  if (typeof value === "string" && value.search(UNPRINTABLE) < 0) return value;
  return JSON.stringify(value).replaceAll(
    UNPRINTABLE,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
