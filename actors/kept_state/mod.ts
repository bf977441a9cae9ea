/**
 * Writes state that is not decided but happens: where a session stands, how far a group is.
 *
 * Main path: its owner opens a `StateWriter` on a stream and notes what changes; the writer appends
 * progress, and a full state now and then, and tells when it cannot be lost any more. Whoever finds
 * it again reads backwards to the newest full state (`readKept`).
 *
 * Nothing here knows what the state means, and two writers of one stream are never both right.
 */
export { readKept } from "./read_kept.ts";
export { KEPT_EVENTS_MAX, StateWriter, type StateWriterGround } from "./state_writer.ts";
