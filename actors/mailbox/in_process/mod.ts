/**
 * The mailbox of a single process: frames go straight to the channel actors.
 *
 * Main path: `post` waits for the frame before it in the partition, calls the handler, and answers
 * the handler's outcomes.
 *
 * Nothing is kept here: durability is the event log's, so a post resolves only behind its commit.
 */
export { InProcessMailbox } from "./mailbox.ts";
