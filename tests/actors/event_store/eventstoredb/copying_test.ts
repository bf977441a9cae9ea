import { openEventStoreDbCopy } from "../../../../actors/mod.ts";
import { startEsdbServer } from "../../../support/esdb_server/mod.ts";
import { logCopyContract } from "../log_copy_contract.ts";
import { openStore } from "./opened.ts";

logCopyContract("eventstoredb log copy", async () => {
  const server = await startEsdbServer();
  const { connectionString } = server;
  return {
    copy: () => openEventStoreDbCopy({ connectionString }),
    store: () => openStore(server),
    close: () => server.close(),
  };
});
