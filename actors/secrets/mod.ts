/**
 * What is sealed, encrypted or recognised by a keyed hash: keys of things, persons, tokens.
 *
 * Main path: `openSecrets` reads the installation's key (its own file, or `<data>/installation-key`,
 * which it makes); edges and commands seal before anything becomes an event, and open only for those
 * entitled. Persons have keys of their own in `<data>/vault.db`; where nodes share a log, each key
 * is first published in it, wrapped, and others fetch it from there.
 *
 * No key and nothing opened may reach an event, a log line, an error or a snapshot.
 */
export type {
  LogSharing,
  PersonalProfile,
  PersonalReading,
  PersonErasures,
  Secrets,
} from "./secrets.ts";
export {
  type InstallationKeyOptions,
  openPersons,
  type OpenSecrets,
  openSecrets,
} from "./open_secrets.ts";
export { PERSONAL_STREAM_PREFIX } from "./personal_log.ts";
export { copyVault } from "./vault.ts";
