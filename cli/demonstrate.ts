import type { Addresses, DataFolder } from "./data_folder.ts";
import type { Settings } from "./flags.ts";
import { ROLES } from "./role_flag.ts";

/** Loaded only when asked for: its clients and its data are no part of the platform. */
export async function demonstrate({ addresses, settings, folder, say }: {
  readonly addresses: Addresses;
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly say: (text: string) => void;
}): Promise<void> {
  const { http, mqtt } = addresses;
  if (mqtt === undefined || settings.roles.size < ROLES.length) {
    say("  The demonstration needs a process of all roles: --role all");
    return;
  }
  const { playDemo } = await import("./demo/mod.ts");
  const played = playDemo({
    http,
    mqtt,
    email: settings.adminEmail,
    password: settings.adminPassword ?? folder.readSecret("admin-password") ?? "",
    isTerminal: Deno.stdout.isTerminal(),
    say,
  });
  await played.catch((error: unknown) => {
    say(`  The demonstration broke off: ${String(error)}`);
  });
}
