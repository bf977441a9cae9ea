/**
 * What is sealed, encrypted or recognised by a keyed hash: keys of things, persons, tokens.
 *
 * Main path: `openSecrets` reads or makes `<data>/installation-key`; edges and commands seal before
 * anything becomes an event, and open only for those entitled.
 *
 * No key and nothing opened may reach an event, a log line, an error or a snapshot.
 */
export type { PersonalProfile, Secrets } from "./secrets.ts";
export { openSecrets } from "./open_secrets.ts";
export { copyVault } from "./vault.ts";
