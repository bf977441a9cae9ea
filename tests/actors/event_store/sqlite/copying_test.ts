import { openSqliteEventStore, openSqliteLogCopy } from "../../../../actors/mod.ts";
import { logCopyContract } from "../log_copy_contract.ts";

logCopyContract("sqlite log copy", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/copy.db`;
  return {
    copy: () => Promise.resolve(openSqliteLogCopy(path)),
    store: () => openSqliteEventStore({ path }),
    close: () => Deno.remove(folder, { recursive: true }),
  };
});
