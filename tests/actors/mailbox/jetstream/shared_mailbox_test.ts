import { sharedMailboxContract } from "../shared_mailbox_contract.ts";
import { startInstallation } from "./nodes.ts";

sharedMailboxContract("jetstream shared mailbox", async (logEnd) => {
  const installation = await startInstallation();
  const first = await installation.open({ logEnd });
  const second = await installation.open({ logEnd });
  return {
    nodes: [first.mailbox, second.mailbox],
    close: () => installation.close(),
  };
});
