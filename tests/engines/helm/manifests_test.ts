import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { freePorts } from "../../../bench/load.ts";
import { fittedText } from "../../docker/fitted.ts";
import { type Given, settingsOf } from "../../docker/node_settings.ts";
import { withConfigured } from "../../e2e/nginx.ts";
import { withFolder } from "../../e2e/program.ts";
import { Authority, withPems } from "../../protocols/sockets/authority.ts";
import { type Manifest, rendered } from "../../support/helm/mod.ts";
import {
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

const VARIANTS = [
  { name: "as it is", values: EXISTING, foreign: [] },
  { name: "with changed values", values: CHANGED, foreign: FOREIGN },
];

/** What a role's nodes are told. */
function givenTo({ args, env }: Manifest, folder: string): Given {
  const here = (text: string) => text.replaceAll("/run/secrets/millrace", folder);
  return {
    args,
    variables: new Map(
      (env as { name: string; value: string }[]).map(({ name, value }) => [name, here(value)]),
    ),
  };
}

for (const { name, values, foreign } of VARIANTS) {
  const manifests = await rendered(programs, { chart, values, foreign });
  const pods = manifests.filter(({ kind }) => ["StatefulSet", "Deployment"].includes(kind));
  const labelsOf = pods.map(({ spec }) => spec.template.metadata.labels);

  Deno.test(`helm chart ${name}: every selector takes the pods of one set, and every name is one`, () => {
    assert.deepEqual(pods.map(({ kind }) => kind).sort(), [
      "Deployment",
      ...ROLES.map(() => "StatefulSet"),
    ]);
    const selectors = [
      ...pods.map(({ spec }) => spec.selector.matchLabels),
      ...ofKind(manifests, "Service").map(({ spec }) => spec.selector),
      ...ofKind(manifests, "PodDisruptionBudget").map(({ spec }) => spec.selector.matchLabels),
      ...ofKind(manifests, "NetworkPolicy").map(({ spec }) => spec.podSelector.matchLabels),
      ...pods.flatMap(({ spec }) => spec.template.spec.topologySpreadConstraints)
        .map(({ labelSelector }) => labelSelector.matchLabels),
    ];
    for (const selector of selectors) {
      assert.equal(labelsOf.filter((labels) => selects(selector, labels)).length, 1);
    }
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.equal(new Set(names).size, names.length);
    for (const { metadata } of manifests) assert.equal(metadata.namespace, "iot", metadata.name);
    const budgets = ofKind(manifests, "PodDisruptionBudget").map(({ metadata }) => metadata.name);
    assert.deepEqual(budgets.sort(), pods.map(({ metadata }) => metadata.name).sort());
  });

  Deno.test(`helm chart ${name}: every port that is named is there, and no two services disagree`, () => {
    for (const { metadata, spec } of ofKind(manifests, "Service")) {
      const { spec: pod } = pods.find(({ spec: { template } }) =>
        selects(spec.selector, template.metadata.labels)
      ).spec.template;
      const named = pod.containers[0].ports.map((port: { name: string }) => port.name);
      for (const { targetPort } of spec.ports) {
        assert.ok(named.includes(targetPort), `${metadata.name}: ${targetPort}`);
      }
    }
    for (const { spec } of pods) {
      const [container] = spec.template.spec.containers;
      const named = container.ports.map((port: { name: string }) => port.name);
      for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
        if (container[probe] !== undefined) {
          assert.ok(named.includes(container[probe].httpGet.port));
        }
      }
    }
    for (const { spec } of ofKind(manifests, "NetworkPolicy")) {
      const { spec: pod } = pods.find(({ spec: { template } }) =>
        selects(spec.podSelector.matchLabels, template.metadata.labels)
      ).spec.template;
      const named = pod.containers[0].ports.map((port: { name: string }) =>
        port.name
      );
      for (const { port } of spec.ingress.flatMap(({ ports }: Manifest) => ports)) {
        assert.ok(named.includes(port), port);
      }
    }
  });

  Deno.test(`helm chart ${name}: the program takes the settings of every role, and its probes ask what it answers`, () =>
    withFolder(async (folder) => {
      for (const [entry, value] of Object.entries(ENTRIES)) {
        await Deno.writeFile(`${folder}/${entry}`, Buffer.from(value, "base64"));
      }
      for (const { metadata, spec } of ofKind(manifests, "StatefulSet")) {
        const role = ROLES.find((each) => metadata.name.endsWith(`-${each}`))!;
        const [container] = spec.template.spec.containers;
        assert.deepEqual(container.args.slice(0, 2), ["--role", role]);
        const settings = settingsOf(givenTo(container, folder));
        assert.equal(settings.adminPassword, "a long password");
        assert.equal(settings.eventStore, "esdb://user:password@node:2113");
        const paths = ["startupProbe", "readinessProbe", "livenessProbe"]
          .map((probe) => container[probe].httpGet.path);
        assert.deepEqual(paths, ["/ready", "/ready", "/health"]);
        const mounted = container.volumeMounts.map((mount: Manifest) => mount.mountPath);
        assert.deepEqual(mounted, ["/data", "/tmp", "/run/secrets/millrace"]);
        assert.equal(spec.volumeClaimTemplates[0].metadata.name, "data");
        const services = ofKind(manifests, "Service").map((each) => each.metadata.name);
        assert.ok(services.includes(spec.serviceName), spec.serviceName);
      }
    }));

  Deno.test(`helm chart ${name}: no pod is root, writes outside its volumes, or may ask the cluster`, () => {
    for (const { spec } of pods) {
      const { securityContext, automountServiceAccountToken, containers, volumes } =
        spec.template.spec;
      assert.equal(automountServiceAccountToken, false);
      assert.equal(securityContext.runAsNonRoot, true);
      assert.ok(securityContext.runAsUser > 0);
      assert.equal(securityContext.seccompProfile.type, "RuntimeDefault");
      for (const { securityContext: own, image, ports } of containers) {
        assert.deepEqual(own, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        assert.match(image, /:\d+\.\d+\.\d+$/);
        for (const { containerPort } of ports) assert.ok(containerPort >= 1024);
      }
      for (const { emptyDir, secret } of volumes) {
        if (emptyDir !== undefined) assert.match(emptyDir.sizeLimit, /^\d+Mi$/);
        if (secret !== undefined) assert.equal(secret.defaultMode, 0o440);
      }
    }
  });

  Deno.test(`helm chart ${name}: nobody but the front and who scrapes reaches a node`, () => {
    const policies = ofKind(manifests, "NetworkPolicy");
    assert.equal(policies.length, ROLES.length);
    for (const { spec } of policies) {
      assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"]);
      const role = spec.podSelector.matchLabels["app.kubernetes.io/component"];
      const fronts = spec.ingress.flatMap(({ from, ports }: Manifest) =>
        from.filter(({ podSelector }: Manifest) =>
          podSelector?.matchLabels["app.kubernetes.io/component"] === "front"
        ).map(() => ports.map(({ port }: Manifest) => port))
      );
      const expected = { edges: [["http", "mqtt"]], api: [["http"]] }[role as string] ?? [];
      assert.deepEqual(fronts, expected, role);
      for (const { from } of spec.ingress) assert.ok(from.length > 0, "nobody is everybody");
    }
  });

  Deno.test(`helm chart ${name}: nginx takes its configuration, and leads by path and method`, async () => {
    const authority = await Authority.make();
    const { cert, key } = await authority.issue({ subject: "CN=front", names: ["127.0.0.1"] });
    await withPems({ cert, key }, async (path) => {
      const [{ data }] = ofKind(manifests, "ConfigMap");
      const prefix = data["nginx.conf"].match(/server (\S+)-edges:8080;/)![1];
      const answers = ["edges", "api"].map((by) =>
        Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response(by))
      );
      const [edges, api] = answers.map(({ addr }) => `127.0.0.1:${addr.port}`);
      const [https, mqtts, mqtt, pages] = freePorts(4) as [number, number, number, number];
      const ports = { 8443: https, 8883: mqtts, 1883: mqtt, 8081: pages };
      const configured = fittedText(data["nginx.conf"].replace("pid /tmp/nginx.pid;", ""), {
        places: {
          "/etc/nginx/tls/tls.crt": path("cert"),
          "/etc/nginx/tls/tls.key": path("key"),
          [`${prefix}-edges:8080`]: edges!,
          [`${prefix}-api:8080`]: api!,
          [`${prefix}-edges:1883`]: edges!,
        },
        ports,
      });
      // Its own folders for what is on its way stand in the configuration already.
      const once = (folder: string) =>
        configured(folder).replaceAll(/^ *\w+_temp_path \/tmp.*$/gm, "");
      await withConfigured(once, async () => {
        const client = Deno.createHttpClient({ caCerts: [authority.cert] });
        const by = async (method: string, asked: string) => {
          const url = `https://127.0.0.1:${ports[8443]}${asked}`;
          return await (await fetch(url, { method, client })).text();
        };
        assert.equal(await by("POST", "/channels/a/messages"), "edges");
        assert.equal(await by("GET", "/channels/a/messages"), "api");
        assert.equal(await by("GET", "/channels/a/messages/live"), "edges");
        assert.equal(await by("POST", "/http/channels/a/messages/b"), "edges");
        assert.equal(await by("POST", "/things"), "api");
        assert.match(await by("GET", "/metrics"), /404 Not Found/);
        const probe = await fetch(`http://127.0.0.1:${ports[8081]}/healthz`);
        assert.equal(probe.status, 204);
        client.close();
      });
      await Promise.all(answers.map((answer) => answer.shutdown()));
    });
  });
}
