import assert from "node:assert/strict";
import { helpText, readSettings, type Settings, variablesAndFiles } from "../../cli/mod.ts";

/** Read beside `--time-series`; no flag, because a command line can be read by others. */
const VARIABLES_ONLY = ["MILLRACE_INFLUXDB_TOKEN"];

/** What a node is started with. */
export interface Given {
  /** Each flag and its value, one after the other. */
  readonly args: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
}

/** The settings that the program makes of it; fails where it knows a flag or a variable not at all. */
export function settingsOf({ args, variables }: Given): Settings {
  const known = new Set([...helpText().matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name!));
  for (const name of variables.keys()) {
    const plain = name.replace(/_FILE$/, "");
    const flag = plain.replace(/^MILLRACE_/, "").toLowerCase().replaceAll("_", "-");
    assert.ok(known.has(flag) || VARIABLES_ONLY.includes(plain), `no flag for ${name}`);
  }
  const env = variablesAndFiles((name) => variables.get(name));
  return readSettings(args, { env, isTerminal: false });
}
