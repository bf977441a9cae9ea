import { headOf, temporaryPaths } from "../e2e/nginx.ts";

const FOLDER = new URL("../../docker/nginx/", import.meta.url).pathname;

/**
 * The very configuration of `docker/nginx`, in the places of this machine: what it names is replaced
 * where it stands, what it listens on by the port that it names. `more` is added to its `http`.
 */
export async function fitted(
  file: string,
  { places, ports, more = "" }: {
    readonly places: Readonly<Record<string, string>>;
    readonly ports: Readonly<Record<number, number>>;
    readonly more?: string;
  },
): Promise<(folder: string) => string> {
  const configuration = await Deno.readTextFile(FOLDER + file);
  const all = Object.entries({ ...places, "/usr/share/nginx": FOLDER.slice(0, -1) });
  const text = all.reduce((whole, [from, to]) => whole.replaceAll(from, to), configuration)
    .replace(/worker_connections \d+/, "worker_connections 256")
    .replace(/worker_rlimit_nofile \d+;/, "")
    .replaceAll(/listen (\d+)/g, (_, port: string) => `listen 127.0.0.1:${ports[Number(port)]}`);
  return (folder) =>
    `${headOf(folder)}\n${text.replace("http {", `http { ${temporaryPaths(folder)} ${more}`)}`;
}
