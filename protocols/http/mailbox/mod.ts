/**
 * The mailbox by HTTP: what it could not hand on, for administrators.
 *
 * Main path: `registerMailbox` lists the dead letters, and posts one again or removes it.
 *
 * No payload leaves here: who said what is read from the channel, by those who may.
 */
export { registerMailbox } from "./dead_letters.ts";
