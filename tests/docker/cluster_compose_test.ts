import assert from "node:assert/strict";
import { parse } from "yaml";
import {
  addressOf,
  composeFile,
  type Container,
  DOCKER,
  networksOf,
  secretsOf,
} from "./compose.ts";
import { type Given, settingsOf } from "./node_settings.ts";
import { madeSecrets, makeSecrets } from "./secrets.ts";

const compose = await composeFile("docker-compose.cluster.yml");
const { services } = compose;
/** Those that run the program. */
const nodes = Object.entries(services).filter(([, { build }]) => build !== undefined);

const secrets = await madeSecrets();

/** As the container has them, with the secrets that were made here. */
function givenTo({ command = [], environment = {} }: Container): Given {
  const here = (text: string) => text.replaceAll("/run/secrets/", `${secrets}/`);
  return {
    args: command.map(here),
    variables: new Map(Object.entries(environment).map(([name, value]) => [name, here(value)])),
  };
}

Deno.test("cluster: with the secrets that are made for it every node's settings are right", () => {
  for (const [name, node] of nodes) {
    const settings = settingsOf(givenTo(node));
    assert.equal(settings.host, "0.0.0.0", name);
    assert.match(settings.adminPassword!, /^[0-9a-f]{48}$/);
    assert.match(settings.eventStore, /^esdb:\/\/admin:[0-9a-f]{48}@eventstoredb-1:2113,/);
  }
});

/** Users of the images by the names of their containers; NATS and nginx begin as root. */
const USERS = [[/^eventstoredb-\d$/, 1000], [/^influxdb$/, 1000], [/^grafana$/, 472], [
  /^(edge|actor|projection|api)-\d$/,
  1993,
]] as const;

Deno.test("cluster: every secret that it names is made, and the users of its containers alone may read it", async () => {
  assert.equal((await Deno.stat(secrets)).mode! & 0o777, 0o700);
  assert.equal((await Deno.stat(`${secrets}/installation-key`)).size, 32);
  const named = Object.entries(compose.secrets!).map(([name, { file }]) => {
    assert.equal(file, `./secrets/${name}`);
    return name;
  });
  const others = ["eventstoredb-ca-key", "eventstoredb.env"];
  const there = [...Deno.readDirSync(secrets)].map(({ name }) => name);
  assert.deepEqual(there.sort(), [...named, ...others].sort());
  for (const name of there) {
    const { mode, uid, gid } = await Deno.stat(`${secrets}/${name}`);
    const anybody = /-(ca|certificate)$/.test(name);
    assert.equal(mode! & 0o337, anybody ? 0o004 : 0, `${name}: nobody writes, others do not read`);
    for (const [container, each] of Object.entries(services)) {
      if (!secretsOf(each).includes(name) || anybody || Deno.uid() !== 0) continue;
      const user = USERS.find(([pattern]) => pattern.test(container))?.[1] ?? 0;
      const byGroup = gid === user && (mode! & 0o040) !== 0;
      assert.ok(uid === user || byGroup, `${container} reads ${name}`);
    }
  }
});

Deno.test("cluster: secrets are made once", async () => {
  const password = await Deno.readTextFile(`${secrets}/admin-password`);
  const { code, error } = await makeSecrets(secrets);
  assert.equal(code, 64);
  assert.match(error, /^Cannot make secrets in '.*': it has some already/);
  assert.equal(await Deno.readTextFile(`${secrets}/admin-password`), password);
});

Deno.test("cluster: the certificates of EventStoreDB name their servers, and one authority stands for all", async () => {
  for (const number of [1, 2, 3]) {
    const name = `eventstoredb-${number}`;
    for (const purpose of ["sslserver", "sslclient"]) {
      const args = ["verify", "-purpose", purpose, "-verify_hostname", name];
      const { success, stderr } = await new Deno.Command("openssl", {
        args: [...args, "-CAfile", `${secrets}/eventstoredb-ca`, `${secrets}/${name}-certificate`],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    }
    const key = await Deno.readTextFile(`${secrets}/${name}-key`);
    assert.match(key, /^-----BEGIN RSA PRIVATE KEY-----/);
    const { environment } = services[name]!;
    assert.equal(environment!["EVENTSTORE_NODE_HOST_ADVERTISE_AS"], name);
    assert.equal(environment!["EVENTSTORE_REPLICATION_HOST_ADVERTISE_AS"], name);
  }
});

Deno.test("cluster: has two of every kind of node but one of projections, and three of the engines that vote", () => {
  const roles = nodes.map(([, { command }]) => command![command!.indexOf("--role") + 1]);
  assert.deepEqual(roles.sort(), [
    ...["actors", "actors"],
    ...["api", "api"],
    ...["edges", "edges"],
    "projections",
  ]);
  for (const kind of ["eventstoredb", "nats"]) {
    const names = Object.keys(services).filter((name) => name.startsWith(`${kind}-`));
    assert.deepEqual(names, [1, 2, 3].map((number) => `${kind}-${number}`));
  }
  assert.match(services["influxdb"]!.image, /^influxdb:2\.7\./);
});

Deno.test("cluster: engines, actors and projections have no way outside, and a way to what they need", () => {
  assert.equal(compose.networks["backend"]!.internal, true);
  for (const [name, service] of Object.entries(services)) {
    const inside = /^(eventstoredb|nats|actor|projection)-|^influxdb$/.test(name);
    const front = /^(nginx|grafana)$/.test(name);
    const expected = inside ? ["backend"] : front ? ["edge"] : ["edge", "backend"];
    assert.deepEqual(networksOf(service), expected, name);
  }
});

Deno.test("cluster: nginx has the address that edges and Grafana believe, and all addresses differ", () => {
  const nginx = addressOf(services["nginx"]!, "edge");
  for (const name of ["edge-1", "edge-2"]) {
    const { command } = services[name]!;
    assert.equal(command![command!.indexOf("--proxy-from") + 1], nginx);
  }
  assert.equal(services["grafana"]!.environment!["GF_AUTH_PROXY_WHITELIST"], nginx);
  const addresses = Object.values(services).flatMap((service) => addressOf(service, "edge") ?? []);
  assert.equal(new Set(addresses).size, addresses.length);
  const [{ subnet }] = compose.networks["edge"]!.ipam!.config as [{ subnet: string }];
  for (const address of addresses) assert.ok(address.startsWith(subnet.replace(/0\/24$/, "")));
});

Deno.test("cluster: Prometheus asks every node of the platform, each by its role", async () => {
  const { scrape_configs } = parse(
    await Deno.readTextFile(`${DOCKER}prometheus/prometheus.cluster.yml`),
  );
  const jobs = scrape_configs as {
    job_name: string;
    static_configs: { targets: string[]; labels?: { role: string } }[];
  }[];
  for (const { targets } of jobs.flatMap(({ static_configs }) => static_configs)) {
    for (const target of targets) assert.ok(target.split(":")[0]! in services, target);
  }
  const scraped = jobs.find(({ job_name }) => job_name === "millrace")!.static_configs
    .flatMap(({ targets, labels }) => targets.map((target) => [target, labels!.role]));
  const expected = nodes.map((
    [name, { command }],
  ) => [`${name}:8080`, command![command!.indexOf("--role") + 1]]);
  assert.deepEqual(scraped.sort(), expected.sort());
});
