/**
 * What a person types and reads: flags, the data folder, the first lines on the terminal, the
 * demonstration, checks of exported history.
 *
 * Main path: main.ts reads `Settings` from the command line, takes the data folder, starts the
 * platform, and prints the start block.
 *
 * No part of the platform imports this folder.
 */
export { type Addresses, type DataFolder, takeDataFolder } from "./data_folder.ts";
export { ensureInstallation, type Installation, joinInstallation } from "./first_start.ts";
export { demonstrate } from "./demonstrate.ts";
export { exitCode } from "./exit_code.ts";
export { helpText, readSettings, type Settings } from "./flags.ts";
export type { Role } from "./role_flag.ts";
export { refuseOtherEngine } from "./log_of_folder.ts";
export { pinoLogger } from "./logger.ts";
export { runSecrets } from "./run_secrets.ts";
export { startBlock } from "./start_block.ts";
export { say, stopSignal } from "./terminal.ts";
export { VERSION } from "./version.ts";
export { variablesAndFiles } from "./variables.ts";
