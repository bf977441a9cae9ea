import assert from "node:assert/strict";
import { helpText, readSettings, type Settings, variablesAndFiles } from "../../cli/mod.ts";

/** Flags whose values for a cluster the program does not take yet: what is named here is not tried. */
const PENDING: readonly string[] = ["role", "mailbox", "time-series", "installation-key"];

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
  for (const name of PENDING) known.add(name);
  for (const name of variables.keys()) {
    const plain = name.replace(/_FILE$/, "");
    const flag = plain.replace(/^MILLRACE_/, "").toLowerCase().replaceAll("_", "-");
    assert.ok(known.has(flag) || VARIABLES_ONLY.includes(plain), `no flag for ${name}`);
  }
  const isPending = (name: string) => PENDING.some((flag) => name === variableOf(flag));
  return readSettings(args.filter((_, index) => !PENDING.includes(flagAt(args, index))), {
    env: variablesAndFiles((name) =>
      isPending(name.replace(/_FILE$/, "")) ? undefined : variables.get(name)
    ),
    isTerminal: false,
  });
}

/** The flag that stands at a place, or that the value there belongs to. */
function flagAt(args: readonly string[], index: number): string {
  return args[index - index % 2]!.replace(/^--/, "");
}

function variableOf(flag: string): string {
  return `MILLRACE_${flag.toUpperCase().replaceAll("-", "_")}`;
}
