/**
 * What outlives a connection: sessions that their clients find again, and wills that wait.
 *
 * Main path: `session_keeper.ts` notes what a session must find again and writes it down while it has
 * a connection and when it ends; `received_before.ts` reads back from the log what a crash kept from
 * being written. `abandoned_sessions.ts` ends in the log what a crash left open, and
 * `expired_sessions.ts` discards what nobody came back to. `gone_messages.ts` tells what a client came
 * back for in vain.
 *
 * No message is kept here: what a client missed lies in the streams of its channels.
 */
export { AbandonedSessions } from "./abandoned_sessions.ts";
export { DelayedWills } from "./delayed_wills.ts";
export { ExpiredSessions } from "./expired_sessions.ts";
export { GoneMessages } from "./gone_messages.ts";
export { receivedBefore } from "./received_before.ts";
export { SessionKeeper } from "./session_keeper.ts";
