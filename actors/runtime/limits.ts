/** Commands that may wait for one actor: beyond it a caller is told to come back. */
export const COMMANDS_WAITING_MAX = 256;
/** Actors in memory at once; idle ones beyond it are passivated, oldest use first. */
export const ACTIVE_ACTORS_MAX = 10_000;
/** An actor that nobody spoke to for so long leaves memory. */
export const IDLE_MS_MAX = 5 * 60_000;
/** How often idle actors are looked for. */
export const IDLE_SWEEP_MS = 30_000;
/** Attempts of one command when others keep writing to its stream first. */
export const CONFLICT_ATTEMPTS_MAX = 3;
/** Attempts of one append whose outcome is unknown. */
export const APPEND_ATTEMPTS_MAX = 3;
/** First wait after a crash or an unknown outcome; doubled each time. */
export const BACK_OFF_FIRST_MS = 50;
export const BACK_OFF_MS_MAX = 10_000;
/** Command ids that an actor remembers, so that a repeat changes nothing. */
export const HANDLED_COMMANDS_MAX = 64;
/** A snapshot is written each time a stream has grown by so many events. */
export const SNAPSHOT_EVERY_EVENTS = 100;
/** Events read at once when an actor is activated. */
export const ACTIVATION_PAGE_EVENTS = 1_000;
