/**
 * `deno task bench`: measures a platform from outside, and others in the same run with `--against
 * mosquitto` (the standard) or `mosquitto,nats-server-latest`; `nats-server` is the one that Debian
 * packages. Ratios are medians of interleaved rounds.
 */
import { EngineUnreachable, UsageError } from "../actors/mod.ts";
import { obtainPrograms } from "../tests/debian_packages.ts";
import { measureHttp } from "./http.ts";
import { buildLoadGenerator } from "./load.ts";
import { measureMqtt } from "./mqtt.ts";
import { PEERS } from "./peers.ts";
import { fleet, residentMiB, startPlatform } from "./platform.ts";
import { measureQueryable } from "./queryable.ts";
import { type Figure, table } from "./report.ts";
import { measureStart } from "./start.ts";

const RESULTS = new URL("results/", import.meta.url).pathname;

async function main(args: readonly string[]): Promise<void> {
  const names = args[0] === "--against" ? (args[1] ?? "").split(",") : ["mosquitto"];
  const unknown = names.find((name) => PEERS[name] === undefined);
  if (unknown !== undefined) {
    const known = Object.keys(PEERS).map((name) => `'${name}'`).join(" and ");
    throw new UsageError(`Cannot measure against '${unknown}': ${known} are known`);
  }
  const kinds = names.map((name) => PEERS[name]!);
  const peerPrograms = Object.assign({}, ...kinds.map(({ programs }) => programs));
  const missing = await obtainPrograms({ gcc: "gcc", wrk: "wrk", ...peerPrograms });
  if (missing.length > 0) {
    throw new EngineUnreachable(`Cannot measure: apt-get install -y ${missing.join(" ")}`);
  }
  const binary = await buildLoadGenerator();
  const folder = await Deno.makeTempDir({ prefix: "millrace-bench-" });
  const figures: Figure[] = [];
  const peers = await Promise.all(kinds.map((kind) => kind.start()));
  const platform = await startPlatform(`${folder}/small`);
  try {
    const devices = await fleet(platform, { things: 61, channels: 10 });
    figures.push({
      name: "memory after the start",
      value: await residentMiB(platform.pid),
      unit: "MiB",
    });
    figures.push(...await measureHttp(platform, devices));
    figures.push(...await measureQueryable(binary, platform, devices));
    figures.push(
      ...await measureMqtt(binary, { platform, devices, peers }),
    );
    figures.push({
      name: "memory after the load",
      value: await residentMiB(platform.pid),
      unit: "MiB",
      goal: "< 400",
    });
  } finally {
    await platform.stop();
    await Promise.all(peers.map((peer) => peer.stop()));
  }
  figures.push(...await measureStart(binary, `${folder}/large`));
  await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(RESULTS, { recursive: true });
  const file = `${RESULTS}${new Date().toISOString().replaceAll(":", "-")}.json`;
  await Deno.writeTextFile(file, JSON.stringify({ deno: Deno.version.deno, figures }, null, 2));
  // deno-lint-ignore no-console -- a command for people
  console.log(`${table(figures)}\n  ${file}`);
}

await main(Deno.args);
