/**
 * Programs beside the platform: moving its log into another engine, copying its data folder while it
 * runs, and putting such a copy in place.
 *
 * Main path: each program reads its few flags, does one thing step by step, says what came of it, and
 * answers an exit code. Those that write into a data folder hold its lock; a backup does not need it.
 *
 * A program that was cut off is started again and goes on. None of them may leave something that looks
 * whole and is not.
 */
export { backup } from "./backup.ts";
export { move } from "./move.ts";
export { restore } from "./restore.ts";
