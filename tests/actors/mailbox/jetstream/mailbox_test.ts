import { boundedMailboxContract, mailboxContract } from "../mailbox_contract.ts";
import { startInstallation } from "./nodes.ts";

const open = async () => {
  const installation = await startInstallation();
  const { mailbox } = await installation.open();
  return { mailbox, close: () => installation.close() };
};

mailboxContract("jetstream mailbox", "keeps", open);
boundedMailboxContract("jetstream mailbox", open);
