import assert from "node:assert/strict";
import {
  type Compose,
  composeFile,
  type Container,
  DOCKER,
  lintErrors,
  networksOf,
  secretsOf,
} from "./compose.ts";
import { withFolder } from "../e2e/program.ts";

const FILES = ["docker-compose.yml", "docker-compose.cluster.yml"];

/** Whoever starts it puts these beside the file. */
const BROUGHT = ["./certs"];

/** What has to be kept from others; its name says so. */
const SECRET = /PASSWORD|TOKEN|SECRET|KEY/;

for (const file of FILES) {
  const compose = await composeFile(file);
  const each = (rule: (service: Container, name: string) => void) => {
    for (const [name, service] of Object.entries(compose.services)) rule(service, name);
  };

  Deno.test(`${file}: fits the schema of the compose specification`, () => {
    assert.deepEqual(lintErrors(DOCKER + file), []);
  });

  Deno.test(`${file}: names one exact version of every image`, () => {
    each(({ image }, name) =>
      assert.match(image, /^[\w./-]+:\d+\.\d+\.\d+(-\w+)?$|^[\w./-]+:v\d+\.\d+\.\d+$/, name)
    );
  });

  Deno.test(`${file}: no container has rights, disk or a log without bound`, () => {
    each((service, name) => {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ["ALL"], name);
      assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
      const told = [service.privileged, service.network_mode, service.pid];
      assert.deepEqual(told, [undefined, undefined, undefined], name);
      if (name !== "nginx") assert.equal(service.cap_add, undefined, name);
      const { cpus, memory } = service.deploy!.resources.limits;
      assert.match(`${cpus} ${memory}`, /^\d+ \d+G$/, name);
      assert.deepEqual(Object.keys(service.logging!.options), ["max-size", "max-file"], name);
      assert.equal(service.restart, "unless-stopped", name);
    });
  });

  Deno.test(`${file}: what starts after something waits until that is healthy, and everything says whether it is`, async () => {
    const image = await Deno.readTextFile(`${DOCKER}Dockerfile`);
    assert.match(image, /^HEALTHCHECK .*\/ready/m);
    each(({ build, healthcheck, depends_on = {} }, name) => {
      // What is built here has the image's own check, which asks /ready.
      assert.equal(healthcheck === undefined, build?.dockerfile === "docker/Dockerfile", name);
      for (const [first, { condition }] of Object.entries(depends_on)) {
        assert.ok(first in compose.services, first);
        assert.equal(condition, "service_healthy", `${name} after ${first}`);
      }
    });
  });

  Deno.test(`${file}: keeps data in volumes with names, and reads nothing else than what lies here`, async () => {
    const used = new Set<string>();
    each(({ volumes = [] }, name) => {
      for (const volume of volumes) {
        const [from, , mode] = volume.split(":");
        if (from!.startsWith("./")) assert.equal(mode, "ro", `${name}: ${volume}`);
        else {
          assert.ok(!used.has(from!), `${from} has one user`);
          used.add(from!);
        }
      }
    });
    assert.deepEqual([...used].sort(), Object.keys(compose.volumes).sort());
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)
      .map((volume) => volume.split(":")[0]!).filter((from) => from.startsWith("./"));
    for (const path of mounted) {
      if (!BROUGHT.includes(path)) await Deno.stat(DOCKER + path);
    }
  });

  Deno.test(`${file}: keeps secrets in files`, () => {
    each(({ environment = {} }, name) => {
      for (const [variable, value] of Object.entries(environment)) {
        if (!SECRET.test(variable)) continue;
        assert.match(String(value), /^\/run\/secrets\//, `${name}: ${variable}`);
      }
    });
    const used = new Set(Object.values(compose.services).flatMap(secretsOf));
    assert.deepEqual([...used].sort(), Object.keys(compose.secrets ?? {}).sort());
  });

  Deno.test(`${file}: only nginx is open to the world, at the ports that it listens on`, async () => {
    each(({ ports }, name) => assert.equal(ports !== undefined, name === "nginx", name));
    const { ports, volumes } = compose.services["nginx"]!;
    const configuration = volumes!.find((volume) => volume.includes("/etc/nginx/nginx.conf"))!;
    const text = await Deno.readTextFile(DOCKER + configuration.split(":")[0]);
    const listened = [...text.matchAll(/listen (\d+)/g)].map(([, port]) => `${port}:${port}`);
    assert.deepEqual([...ports!].sort(), listened.sort());
    assert.deepEqual(unreachable(compose, text), []);
  });
}

/** Servers that a configuration of nginx names and that nginx cannot reach. */
function unreachable({ services }: Compose, configuration: string): readonly string[] {
  const named = [
    ...configuration.matchAll(
      /(?:server|proxy_pass(?: http:\/\/)?) ?(?:http:\/\/)?([a-z]+[\w-]*):\d+/g,
    ),
  ]
    .map(([, name]) => name!);
  assert.ok(named.length > 0);
  const own = networksOf(services["nginx"]!);
  return named.filter((name) => {
    const service = services[name];
    return service === undefined || !networksOf(service).some((each) => own.includes(each));
  });
}

Deno.test("compose files: the schema is held against what comes from anchors too", () =>
  withFolder(async (folder) => {
    const wrong = `x-all: &all
  read_onyl: true
services:
  one:
    <<: *all
    image: one:1.0.0
`;
    await Deno.writeTextFile(`${folder}/docker-compose.yml`, wrong);
    assert.match(lintErrors(`${folder}/docker-compose.yml`).join("\n"), /invalid-schema/);
    const right = wrong.replace("read_onyl", "read_only");
    await Deno.writeTextFile(`${folder}/docker-compose.yml`, right);
    assert.deepEqual(lintErrors(`${folder}/docker-compose.yml`), []);
  }));
