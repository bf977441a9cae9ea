import pino from "pino";
import type { Logger } from "../actors/mod.ts";

/** One line an entry on standard error, so that standard output stays for people. */
export function pinoLogger(options: {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "pretty" | "json";
}): Logger {
  const destination = options.format === "json" ? pino.destination(2) : prettyLines();
  const log = pino({ level: options.level, base: null }, destination);
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

function prettyLines(): { write(line: string): void } {
  return {
    write(line) {
      const { level, time, msg, ...fields } = JSON.parse(line) as {
        level: number;
        time: number;
        msg: string;
      };
      const clock = new Date(time).toISOString().slice(11, 23);
      const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`).join(
        "",
      );
      // deno-lint-ignore no-console -- a terminal is where this logger writes
      console.error(`${clock} ${LEVELS[level] ?? level} ${msg}${rest}`);
    },
  };
}
