/**
 * What a person types and reads: flags, the first lines on the terminal, the demonstration, checks
 * of exported history.
 *
 * Main path: main.ts reads `Settings` from the command line, starts the platform, and prints the
 * start block.
 *
 * No part of the platform imports this folder.
 */
export { helpText, readSettings, type Settings } from "./flags.ts";
export { pinoLogger } from "./logger.ts";
