import pino from "pino";
import type { Logger } from "../actors/mod.ts";

/** Fields whose values never reach a line, at the top and one level below. */
const SECRET_FIELDS: readonly string[] = [
  "key",
  "password",
  "passwordHash",
  "token",
  "secret",
  "sealed",
  "authorization",
  "cookie",
];
const REMOVED = "[removed]";

/** One line an entry on standard error, so that standard output stays for people. */
export function pinoLogger(options: {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "pretty" | "json";
  /** Takes whole lines; standard error unless told. */
  readonly write?: (line: string) => void;
}): Logger {
  const lines = options.write === undefined ? pino.destination(2) : { write: options.write };
  const log = pino({
    level: options.level,
    base: null,
    redact: {
      paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]),
      censor: REMOVED,
    },
  }, options.format === "json" ? lines : { write: (line) => lines.write(prettyLine(line)) });
  return {
    debug: (message, fields = {}) => log.debug(fields, message),
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
  };
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
