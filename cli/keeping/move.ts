import { UsageError } from "../../actors/mod.ts";
import { type DataFolder, takeDataFolder } from "../data_folder.ts";
import { moveToFile } from "./move_to_file.ts";
import { moveToServer } from "./move_to_server.ts";
import { type Program, type ProgramGround, required, runProgram } from "./program.ts";

const USAGE = `Moves the event log of a data folder into another engine.

  deno task move --from sqlite --to esdb://… [--data ./data]
  deno task move --from esdb://… --to sqlite [--data ./data]

  --from, --to  where the log is, and where it is to be; 'esdb' takes the connection string
                from MILLRACE_EVENT_STORE, so that its password is on no command line
  --data        the data folder, which no platform may use meanwhile

Cut off at any moment, it goes on where it was when it is started again. It ends with a proof
that both hold the same events. What the log was in before is kept. docs/operations.md has more.

Exit code: 0 moved and proven, 1 not the same (the first difference is named), 64 wrong usage,
75 the folder is in use or a server cannot be reached`;

const SERVER = /^esdb(\+discover)?:\/\/[^/?]+/;

export const move: Program = {
  does: "move the log",
  usage: USAGE,
  flags: ["from", "to", "data"],
  async run(flags, ground) {
    const from = engineOf("from", { flags, ground });
    const to = engineOf("to", { flags, ground });
    if ((from === "sqlite") === (to === "sqlite")) {
      throw new UsageError("Cannot move the log: one of --from and --to must be 'sqlite'");
    }
    const folder = takeDataFolder(flags["data"] ?? "./data");
    try {
      await moved(folder, { from, to, ground });
    } finally {
      folder.release();
    }
  },
};

function moved(
  folder: DataFolder,
  { from, to, ground }: {
    readonly from: string;
    readonly to: string;
    readonly ground: ProgramGround;
  },
): Promise<void> {
  return to === "sqlite"
    ? moveToFile(folder, { connectionString: from, ground })
    : moveToServer(folder, { connectionString: to, ground });
}

function engineOf(
  name: "from" | "to",
  { flags, ground }: {
    readonly flags: Readonly<Record<string, string>>;
    readonly ground: ProgramGround;
  },
): string {
  const said = required(flags[name], `--${name}`);
  const engine = said === "esdb" ? ground.env("MILLRACE_EVENT_STORE") ?? "" : said;
  if (engine === "sqlite" || SERVER.test(engine)) return engine;
  // The value may hold a password.
  throw new UsageError(
    `Cannot move the log: --${name} must be 'sqlite', esdb://host:port?…, or 'esdb' with MILLRACE_EVENT_STORE set`,
  );
}

if (import.meta.main) await runProgram(move);
