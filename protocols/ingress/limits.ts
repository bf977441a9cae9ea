/** A tick waits so long for company when the one before it closed just now; 2 ms cost HTTP a third of its rate and gained MQTT nothing. */
export const TICK_MS = 1;
/** Bytes at which one channel's batch closes, and at which a tick does not wait any longer. */
export const BATCH_BYTES_MAX = 256 * 1024;
/** Events of one read of the log for what was not told; each may hold 256 KiB. */
export const REPAIR_EVENTS = 32;
/** Messages of one batch that are traced: what they cost must not be felt by the other thousands. */
export const TRACED_PER_BATCH_MAX = 16;
/** Bytes accepted but not yet durable, at which edges stop reading from their sockets. */
export const CONGESTED_BYTES = 8 * 1024 * 1024;
/** Bytes at which edges may read again. */
export const DRAINED_BYTES = 2 * 1024 * 1024;
