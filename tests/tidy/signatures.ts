import { type AnyFunction, type Rule, type Source, syntaxRule } from "./source.ts";

const POSITIONAL_MAX = 2;
/** A test's own functions are words of its sentences: (answer, 404, "name") needs no labels. */
const POSITIONAL_IN_TESTS_MAX = 3;
const TYPE_PARAMETERS_MAX = 3;

/**
 * Signatures that keep more positional parameters, by the file and the parameters, each with its
 * reason.
 */
export const POSITIONAL: Readonly<Record<string, string>> = {
  "actors/errors.ts (code, message, field)": "said in every decider, and reads as a sentence",
  "cli/demo/rest_client.ts (method, path, body)": "the order in which HTTP says it",
  ...perMessage([
    "actors/message/batch_writer.ts (head, source, start, end)",
    "actors/platform/ids.ts (target, offset, id)",
    "protocols/ingress/placing.ts (route, tick, bytes)",
    "protocols/ingress/ticking_ingress.ts (route, message, receivedUs)",
    "protocols/mqtt/codec/publish.ts (target, at, packetId)",
  ]),
};

function perMessage(sites: readonly string[]): Readonly<Record<string, string>> {
  const reason = "called for each message or tick, where an object a call is work for nothing";
  return Object.fromEntries(sites.map((site) => [site, reason]));
}

type Parameter = Deno.lint.Parameter | Deno.lint.TSParameterProperty;

interface Parameterised {
  readonly range: Deno.lint.Range;
  readonly params?: readonly Parameter[];
  readonly typeParameters?: { readonly params: readonly unknown[] } | undefined;
}

/**
 * Two positional parameters, then an options object; a block that is run counts as the body of the
 * call. The shape of a callback is its caller's to choose; where we are the caller, our type for it
 * is checked.
 */
export function signatures(exempt: Readonly<Record<string, string>> = POSITIONAL): Rule {
  return syntaxRule((report, { path }) => {
    const declared = (node: Parameterised): void => {
      const named = (node.params ?? []).filter((param) => nameOf(param) !== "this");
      const site = `${path} (${named.map(nameOf).join(", ")})`;
      const max = path.startsWith("tests/") ? POSITIONAL_IN_TESTS_MAX : POSITIONAL_MAX;
      const beyond = named.slice(max);
      const fine = beyond.length === 0 || (beyond.length === 1 && isOptions(beyond[0]!));
      if (!fine && exempt[site] === undefined) {
        report(
          node,
          `'${site}' has more than ${max} positional parameters: take an options object`,
        );
      }
      const types = node.typeParameters?.params.length ?? 0;
      if (types > TYPE_PARAMETERS_MAX) {
        report(node, `${types} type parameters, ${TYPE_PARAMETERS_MAX} are allowed`);
      }
    };
    const expressed = (node: AnyFunction): void => {
      if (!isArgument(node)) declared(node);
    };
    return {
      FunctionDeclaration: declared,
      FunctionExpression: expressed,
      ArrowFunctionExpression: expressed,
      TSFunctionType: declared,
      TSMethodSignature: declared,
      TSInterfaceDeclaration: declared,
      TSTypeAliasDeclaration: declared,
      ClassDeclaration: declared,
    };
  });
}

function isArgument(node: AnyFunction): boolean {
  const { parent } = node;
  return (parent.type === "CallExpression" || parent.type === "NewExpression") &&
    parent.arguments.some((argument) => argument.range[0] === node.range[0]);
}

/** Types of values that are handed over as one; every other named type is taken for an object. */
const VALUES = new Set(["Uint8Array", "ReadonlyMap", "ReadonlySet", "Map", "Set", "Date"]);

function isOptions(param: Parameter): boolean {
  if (param.type === "AssignmentPattern") {
    const { left, right } = param;
    if (right.type === "ObjectExpression") return true;
    return left.type === "Identifier" && left.typeAnnotation !== undefined && isOptions(left);
  }
  if (param.type === "ObjectPattern") return true;
  if (param.type !== "Identifier") return false;
  const type = param.typeAnnotation?.typeAnnotation;
  // Without a type of its own it implements a signature, which is checked where it is declared.
  if (type === undefined) return true;
  if (type.type === "TSTypeReference") {
    return type.typeName.type !== "Identifier" || !VALUES.has(type.typeName.name);
  }
  return ["TSTypeLiteral", "TSIntersectionType", "TSFunctionType"].includes(type.type);
}

function nameOf(param: Parameter): string {
  if (param.type === "Identifier") return param.name;
  if (param.type === "AssignmentPattern") return nameOf(param.left as Parameter);
  return param.type === "RestElement" ? "..." : "{}";
}

/** Exemptions that no signature needs any more. */
export function idleExemptions(
  sources: readonly Source[],
  exempt: Readonly<Record<string, string>> = POSITIONAL,
): readonly string[] {
  const found = new Set(
    sources.flatMap(signatures({})).map((finding) => /'([^']+)' has more/.exec(finding)?.[1]),
  );
  return Object.keys(exempt).filter((site) => !found.has(site));
}
