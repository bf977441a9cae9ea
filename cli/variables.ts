import { UsageError } from "../actors/mod.ts";

const PREFIX = "MILLRACE_";
/** Bytes: passwords, tokens and connection strings are shorter, and nothing endless is read. */
const FILE_BYTES_MAX = 65_536;

/**
 * Variables of the process, and those that `<NAME>_FILE` leads to: what a container is given as a
 * secret lies in a file, because variables are shown by whatever shows the container. One line end at
 * the end of a file does not count.
 */
export function variablesAndFiles(
  env: (name: string) => string | undefined,
): (name: string) => string | undefined {
  return (name) => {
    const value = env(name);
    const path = name.startsWith(PREFIX) ? env(`${name}_FILE`) : undefined;
    if (path === undefined || path === "") return value;
    if (value === undefined) return fileText(path, `${name}_FILE`);
    throw new UsageError(`Cannot start with both ${name} and ${name}_FILE: one of them is right`);
  };
}

function fileText(path: string, variable: string): string {
  const wrong = (what: string) => {
    throw new UsageError(`Cannot start with ${variable} '${path}': ${what}`);
  };
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > FILE_BYTES_MAX) {
      return wrong(`it must be a file of at most ${FILE_BYTES_MAX} bytes`);
    }
    return Deno.readTextFileSync(path).replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return wrong(`it cannot be read (${(error as Error).message})`);
  }
}
