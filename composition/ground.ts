import type { Logger, Tracing } from "../actors/mod.ts";
import type { DataFolder, Role, Settings } from "../cli/mod.ts";

/** What a process stands on before anything of the platform is there. */
export interface Ground {
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly logger: Logger;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
}

/** True if the process has one of the roles. */
export function has({ settings }: Pick<Ground, "settings">, ...roles: readonly Role[]): boolean {
  return roles.some((role) => settings.roles.has(role));
}
