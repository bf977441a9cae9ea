import assert from "node:assert/strict";
import { DCLinter } from "dclint";
import { parse } from "yaml";

export const DOCKER: string = new URL("../../docker/", import.meta.url).pathname;

export interface Container {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly pid?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly ports?: readonly string[];
  readonly networks:
    | readonly string[]
    | Readonly<Record<string, { readonly ipv4_address?: string } | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: {
    readonly resources: { readonly limits: { readonly cpus?: string; readonly memory?: string } };
  };
}

export interface Compose {
  readonly services: Readonly<Record<string, Container>>;
  readonly networks: Readonly<
    Record<string, {
      readonly internal?: boolean;
      readonly ipam?: { readonly config: readonly { readonly subnet: string }[] };
    }>
  >;
  readonly volumes: Readonly<Record<string, null>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

/** A compose file of `docker/`, with what it takes from its anchors. */
export async function composeFile(name: string): Promise<Compose> {
  return parse(await Deno.readTextFile(DOCKER + name), { merge: true });
}

/** What is in order for us: the reason why each of these rules does not hold here. */
const LINT_RULES = {
  // The image has a name, so that nodes of a cluster share it.
  "no-build-and-image": 0,
  // nginx is there for the world.
  "no-unbound-port-interfaces": 0,
} as const;

/** What the compose specification's schema and the linter's rules on correctness and safety say. */
export function lintErrors(path: string): readonly string[] {
  const linter = new DCLinter({ rules: LINT_RULES, quiet: true, debug: false, exclude: [] });
  const [result, ...others] = linter.lintFiles([path], false);
  assert.ok(result !== undefined && others.length === 0, `one file at ${path}`);
  return result.messages.filter(({ type }) => type === "error")
    .map(({ line, rule, message }) => `${line}: ${rule}: ${message}`);
}

export function networksOf({ networks }: Container): readonly string[] {
  return Array.isArray(networks) ? networks : Object.keys(networks);
}

export function addressOf({ networks }: Container, network: string): string | undefined {
  if (Array.isArray(networks)) return undefined;
  return (networks as Exclude<Container["networks"], readonly string[]>)[network]?.ipv4_address;
}

export function secretsOf({ secrets = [] }: Container): readonly string[] {
  return secrets.map((secret) => typeof secret === "string" ? secret : secret.source);
}
