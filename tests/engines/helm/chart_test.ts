import assert from "node:assert/strict";
import { type Manifest, rendered, run, template } from "../../support/helm/mod.ts";
import {
  base64,
  CHANGED,
  chart,
  ENTRIES,
  EXISTING,
  FOREIGN,
  ofKind,
  programs,
  ROLES,
  selects,
} from "./scene.ts";

Deno.test("helm chart: passes helm lint, as it is and with values", async () => {
  for (const values of [{}, EXISTING, CHANGED]) {
    const args = ["lint", "--strict", chart, "--values", "-"];
    const { code, out, error } = await run(programs.helm, args, {
      cwd: "/",
      input: JSON.stringify(values),
    });
    assert.equal(code, 0, out + error);
    assert.match(out, /1 chart\(s\) linted, 0 chart\(s\) failed/);
  }
});

Deno.test("helm chart: the types that it is read with refuse what no kind has", async () => {
  const { out } = await template(programs, { chart, values: EXISTING });
  for (
    const [from, to] of [["replicas: 2", "replica: 2"], ["periodSeconds: 5", "periodSeconds: x"]]
  ) {
    const { code, error } = await run(programs.manifests, [], {
      cwd: "/",
      input: out.replace(from!, to!),
    });
    assert.equal(code, 1);
    assert.match(error, /unknown field|cannot unmarshal/);
  }
});

Deno.test("helm chart with changed values: they arrive where they belong", async () => {
  const manifests = await rendered(programs, { chart, values: CHANGED, foreign: FOREIGN });
  const edges = manifests.find(({ kind, metadata }) =>
    kind === "StatefulSet" && metadata.name === "other-edges"
  );
  const [container] = edges.spec.template.spec.containers;
  const value = (name: string) =>
    container.env.filter((each: Manifest) => each.name === name).map((each: Manifest) =>
      each.value
    );
  assert.equal(edges.spec.replicas, 5);
  assert.equal(container.image, "registry.example/millrace:1.2.3");
  assert.deepEqual(container.args.slice(-2), ["--proxy-from", "10.1.0.0/16"]);
  assert.deepEqual(value("MILLRACE_LOG_LEVEL"), ["warn"], "settings win over what has a name");
  assert.deepEqual(value("MILLRACE_MQTT_INFLIGHT_MAX"), ["200"], "a role's win over all others");
  assert.equal(edges.spec.volumeClaimTemplates[0].spec.storageClassName, "fast");
  assert.equal(edges.spec.template.spec.imagePullSecrets[0].name, "pull");
  const [secret] = ofKind(manifests, "Secret");
  assert.deepEqual(secret.data, ENTRIES);
  assert.equal(secret.metadata.annotations["helm.sh/resource-policy"], "keep");
  const [volume] = edges.spec.template.spec.volumes.filter((each: Manifest) => each.secret);
  assert.equal(volume.secret.secretName, secret.metadata.name);
  const front = ofKind(manifests, "Service").find(({ metadata }) =>
    metadata.name === "other-front"
  );
  assert.deepEqual(front.spec.ports.map((port: Manifest) => port.port), [443, 8883, 1883]);
  assert.deepEqual([front.spec.type, front.metadata.annotations], ["NodePort", { a: "b" }]);
  const [monitor] = ofKind(manifests, "ServiceMonitor");
  assert.equal(monitor.metadata.labels.release, "prometheus");
  const scraped = ofKind(manifests, "Service").filter(({ metadata }) =>
    selects(monitor.spec.selector.matchLabels, metadata.labels)
  ).map(({ metadata }) => metadata.name);
  assert.deepEqual(scraped.sort(), ROLES.map((role) => `other-${role}-nodes`).sort());
});

Deno.test("helm chart: makes up no key, and refuses values that are wrong, saying what is right", async () => {
  const { "installation-key": _, ...rest } = ENTRIES;
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{}, /Cannot do without 'installation-key'/],
    [{ secret: { entries: rest } }, /Cannot do without 'installation-key'/],
    [
      { secret: { entries: { ...ENTRIES, "installation-key": base64("short") } } },
      /must be 32 bytes in base64/,
    ],
    [{ secret: { existing: "a", entries: ENTRIES } }, /one of them is right/],
    [{ ...EXISTING, projections: { replicas: 2 } }, /projections.*replicas|replicas/],
    [{ ...EXISTING, edges: { replicas: 0 } }, /replicas/],
    [{ ...EXISTING, image: { tag: "latest" } }, /tag/],
    [{ ...EXISTING, settings: { LOG_LEVEL: "info" } }, /LOG_LEVEL/],
    [{ ...EXISTING, edgse: {} }, /edgse/],
    [{ ...EXISTING, timeSeries: "sqlite" }, /timeSeries/],
  ];
  for (const [values, said] of wrong) {
    const { code, error } = await template(programs, { chart, values });
    assert.notEqual(code, 0, JSON.stringify(values));
    assert.match(error, said);
  }
});
