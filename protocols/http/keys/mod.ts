/**
 * API keys of users by HTTP: tokens that live as long as their owner wants, and can be revoked.
 *
 * Main path: `POST /keys` lets the user's actor record the key's id, and answers the signed token
 * once; every later use is checked against the ids that the access index holds.
 *
 * No key is stored: the log knows its id and its times only.
 */
export { registerKeys } from "./routes.ts";
