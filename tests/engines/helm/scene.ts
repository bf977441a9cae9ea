import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Helm, type Manifest, obtainHelm } from "../../support/helm/mod.ts";

export const chart: string = new URL("../../../docker/helm/millrace", import.meta.url).pathname;
export const ROLES: readonly string[] = ["edges", "actors", "projections", "api"];

export const programs: Helm = await obtainHelm((text) =>
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`))
);

export const EXISTING = { secret: { existing: "installation" } };
export const base64 = (text: string): string => Buffer.from(text).toString("base64");
export const ENTRIES = {
  "installation-key": base64("k".repeat(32)),
  "event-store": base64("esdb://user:password@node:2113"),
  "mailbox": base64("nats://user:password@nats:4222/?replicas=3"),
  "influxdb-token": base64("a-token"),
  "admin-password": base64("a long password"),
};
/** As much as can be is otherwise. */
export const CHANGED = {
  nameOverride: "other",
  image: { repository: "registry.example/millrace", tag: "1.2.3", pullSecrets: [{ name: "pull" }] },
  secret: { entries: ENTRIES },
  timeSeries: "influxdb+https://metrics.example:8086/?org=o&bucket=b",
  selfRegister: true,
  settings: { MILLRACE_LOG_LEVEL: "warn", MILLRACE_MQTT_INFLIGHT_MAX: "100" },
  edges: {
    replicas: 5,
    proxyFrom: ["10.1.0.0/16"],
    storage: "1Gi",
    resources: null,
    settings: { MILLRACE_MQTT_INFLIGHT_MAX: "200" },
  },
  storageClass: "fast",
  front: { plainMqtt: true, service: { type: "NodePort", annotations: { a: "b" } } },
  networkPolicy: { enabled: true, scrapers: [], enginePorts: [2114, 4222] },
  serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
};
export const FOREIGN = ["monitoring.coreos.com/v1/ServiceMonitor"];

export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  assert.ok(found.length > 0, `no ${kind}`);
  return found;
}

/** Whether a selector takes pods with these labels. */
export function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
