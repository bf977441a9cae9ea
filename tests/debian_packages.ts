/**
 * Sees to it that programs are there: as root on Debian or Ubuntu they are installed. Answers the
 * packages that are still missing, whose names the caller tells.
 *
 * `needed` maps programs, and paths of what is no program, to the packages that bring them.
 */
export async function obtainPrograms(
  needed: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const missing = await missingPackages(needed);
  if (missing.length === 0 || await install(missing)) return [];
  return missing;
}

async function missingPackages(
  needed: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const [program, name] of Object.entries(needed)) {
    const found = await runs("sh", [
      "-c",
      program.startsWith("/")
        ? `test -e ${program}`
        : `command -v ${program} || command -v /usr/sbin/${program}`,
    ]);
    if (!found) missing.add(name);
  }
  return [...missing];
}

/** Only as root, and only where apt-get is. */
async function install(packages: readonly string[]): Promise<boolean> {
  if (Deno.uid() !== 0 || !await runs("sh", ["-c", "command -v apt-get"])) return false;
  Deno.stdout.writeSync(new TextEncoder().encode(`Installing ${packages.join(" ")}\n`));
  const apt = (args: readonly string[]) =>
    runs("apt-get", args, { DEBIAN_FRONTEND: "noninteractive" });
  const wanted = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  return await apt(wanted) || (await apt(["update", "-qq"]) && await apt(wanted));
}

async function runs(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const { success } = await new Deno.Command(command, {
    args: [...args],
    env,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
