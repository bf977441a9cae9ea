import { headOf, temporaryPaths } from "../e2e/nginx.ts";

const FOLDER = new URL("../../docker/nginx/", import.meta.url).pathname;

interface Fitting {
  /** What a configuration names, and what stands for it here. */
  readonly places: Readonly<Record<string, string>>;
  /** What is listened on here, by the port that it names. */
  readonly ports: Readonly<Record<number, number>>;
  /** Added to its `http`. */
  readonly more?: string;
}

/** The very configuration of `docker/nginx`, in the places of this machine. */
export async function fitted(
  file: string,
  { places, ...rest }: Fitting,
): Promise<(folder: string) => string> {
  const all = { ...places, "/usr/share/nginx": FOLDER.slice(0, -1) };
  return fittedText(await Deno.readTextFile(FOLDER + file), { ...rest, places: all });
}

export function fittedText(
  configuration: string,
  { places, ports, more = "" }: Fitting,
): (folder: string) => string {
  const text = Object.entries(places)
    .reduce((whole, [from, to]) => whole.replaceAll(from, to), configuration)
    .replace(/worker_connections \d+/, "worker_connections 256")
    .replace(/worker_rlimit_nofile \d+;/, "")
    .replaceAll(/listen (\d+)/g, (_, port: string) => `listen 127.0.0.1:${ports[Number(port)]}`);
  return (folder) =>
    `${headOf(folder)}\n${text.replace("http {", `http { ${temporaryPaths(folder)} ${more}`)}`;
}
